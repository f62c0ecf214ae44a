/* lstmfc synth - synthetic candles as CSV, labelled as such in the first line. */
#include "tool.h"
#include "synthetic.h"

#include <string.h>

#define SYNTH_OPTIONS(X) \
    X(LONG, bars,    "3000", "1..100000000",           "how many candles") \
    X(LONG, seed,    "1",    "1..9223372036854775807", "same seed, same candles") \
    X(TEXT, start,   "2022-01-01", "",                 "time of the first candle, ISO, UTC") \
    X(INT,  minutes, "60",   "1..10080",               "minutes from candle to candle") \
    X(TEXT, out,     "-",    OPTIONS_OUT, "where the CSV goes; - is stdout")
typedef struct synth_options { SYNTH_OPTIONS(LSTMFC__MEMBER) } synth_options;
#define OPTIONS_STRUCT synth_options
static const lstmfc_field fields[] = { SYNTH_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "synth", "make synthetic candles", "[--bars N] [--seed S] [--out O]",
    "Writes `time,open,high,low,close,volume` with volatility clustering, fat tails, quiet nights and weekends, calm and stormy\n"
    "spells, and volume that follows volatility. The first line says that the candles are synthetic, and every command and\n"
    "report repeats it. The direction of the next bar is a fair coin but for a tiny drift: a model cannot earn anything here.",
    "  lstmfc synth --bars 3000 --seed 1 --out candles.csv\n"
    "  lstmfc check --csv candles.csv"
};

static void put_price(lstmfc_writer *w, double price, int32_t decimals) {
    char text[64];
    lstmfc_write_text(w, ",", 1);
    lstmfc_write_text(w, text, lstmfc_format_fixed(text, sizeof text, price, decimals));
}

static int run(const options *o, const synth_options *own) {
    lstmfc_error err = {0};
    lstmfc_candles *c = NULL;
    lstmfc_writer w;
    int64_t start = 0;
    size_t t;
    int code;
    char text[32];
    if (!*own->start || lstmfc_parse_time(own->start, strlen(own->start), &start) != strlen(own->start))
        return tool_fail(o, TOOL_USAGE, "--start '%s': expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", own->start);
    if (start > LSTMFC_TIME_LAST - (own->bars - 1) * (int64_t)own->minutes * 60000) {   /* at most 1e8 * 6e8 ms: no overflow */
        lstmfc_format_time(text, LSTMFC_TIME_LAST);
        return tool_fail(o, TOOL_USAGE, "--start %s --bars %lld --minutes %d: the last candle would begin after %.10s, the last day that is read",
                         own->start, (long long)own->bars, own->minutes, text);
    }
    if ((uint64_t)own->bars > SIZE_MAX / 128) return tool_fail(o, TOOL_USAGE, "--bars %lld: too many for this machine", (long long)own->bars);
    c = synthetic_candles((size_t)own->bars, (uint64_t)own->seed, start, (int64_t)own->minutes * 60000, &err);
    if (!c) return tool_fail_error(o, &err);
    lstmfc_writer_init(&w, NULL);
    tool_print(&w, "# synthetic candles (lstmfc synth --bars %lld --seed %lld)\ntime,open,high,low,close,volume\n", (long long)own->bars, (long long)own->seed);
    for (t = 0; t < c->count; t++) {
        lstmfc_write_text(&w, text, lstmfc_format_time(text, c->time[t]));
        put_price(&w, c->open[t], 2);
        put_price(&w, c->high[t], 2);
        put_price(&w, c->low[t], 2);
        put_price(&w, c->close[t], 2);
        put_price(&w, c->volume[t], 3);
        lstmfc_write_text(&w, "\n", 1);
    }
    code = tool_write(o, own->out, &w);
    if (code == TOOL_OK && o->json) {
        lstmfc_writer_free(&w);
        lstmfc_writer_init(&w, NULL);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_bool(&w, "synthetic", 1);
        lstmfc_json_put_integer(&w, "bars", own->bars);
        lstmfc_json_put_integer(&w, "seed", own->seed);
        lstmfc_format_time(text, c->time[0]);
        lstmfc_json_put_string(&w, "from", text);
        lstmfc_format_time(text, c->time[c->count - 1]);
        lstmfc_json_put_string(&w, "to", text);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, "-", &w);
    }
    lstmfc_writer_free(&w);
    lstmfc_candles_free(c);
    return code;
}

int command_synth(int argc, char **argv) {
    options o;
    synth_options own;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Candles", &own, fields, sizeof fields / sizeof fields[0], NULL);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &own);
    options_free(&o);
    return code;
}
