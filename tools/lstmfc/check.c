/* lstmfc check - what a CSV file holds, how it was read, and what is wrong with it, in plain words. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const options_command command = {
    "check", "what a CSV file holds and what is wrong with it", "--csv F [flags]",
    "Reads the file as every other command does and says what was detected, what was dropped or filled, and what looks wrong.\n"
    "Nothing is written. Exit code 3 when the candles cannot be used.",
    "  lstmfc synth --bars 500 --seed 1 --out candles.csv\n"
    "  lstmfc check --csv candles.csv"
};

static int run(const options *o, tool_input *input)
{
    int code = TOOL_OK, usable;
    lstmfc_error err = {0};
    lstmfc_candles_report r;
    lstmfc_candles *candles = tool_input_load(o, input, &code);
    lstmfc_writer w;
    size_t i, t;
    char a[32], b[32], n[32];
    if (!candles) return code;
    lstmfc_writer_init(&w, NULL);
    memset(&r, 0, sizeof r);
    usable = lstmfc_candles_check(candles, &r, &err) == LSTMFC_OK;
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_bool(&w, "usable", usable);
        lstmfc_json_put_string(&w, "problem", usable ? NULL : err.message);
        lstmfc_json_put_bool(&w, "synthetic", candles->synthetic);
        lstmfc_json_put_integer(&w, "bars", (int64_t)candles->count);
        if (candles->count) {
            lstmfc_format_time(a, candles->time[0]);
            lstmfc_format_time(b, candles->time[candles->count - 1]);
            lstmfc_json_put_string(&w, "from", a);
            lstmfc_json_put_string(&w, "to", b);
        }
        tool_input_json(&w, "csv", &input->report);
        lstmfc_json_begin(&w, "candles", '{');
#define PUT(name) lstmfc_json_put_integer(&w, #name, r.name)
        PUT(nan_cells); PUT(ohlc_violations); PUT(nonpositive_prices); PUT(negative_volumes); PUT(duplicate_times);
        PUT(backward_times); PUT(missing_bars);
        PUT(gaps); PUT(first_bad_row);
#undef PUT
        lstmfc_json_end(&w, '}');
        lstmfc_json_begin(&w, "columns", '[');
        for (i = 0; i < candles->column_count; i++) lstmfc_json_put_string(&w, NULL, candles->columns[i].name);
        lstmfc_json_end(&w, ']');
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else {
        tool_print(&w, "%s%s\n", input->csv, candles->synthetic ? "  (SYNTHETIC: made by a generator)" : "");
        tool_input_describe(&w, &input->report, "  ");
        if (candles->count) {
            tool_print(&w, "  from %s to %s\n", tool_time(a, candles->time[0], candles->interval),
                       tool_time(b, candles->time[candles->count - 1], candles->interval));
            if (candles->close) tool_print(&w, "  last close %.10g\n", candles->close[candles->count - 1]);
        }
        for (i = 0; i < candles->column_count; i++) {
            const lstmfc_column *column = &candles->columns[i];
            int64_t missing = 0, nan = 0;
            for (t = 0; t < candles->count; t++) {
                missing += column->missing && column->missing[t];
                nan += !lstmfc_is_finite(column->values[t]);
            }
            if (missing || nan) {
                tool_print(&w, "  column %s: %s blank in the file, ", column->name, tool_count(n, missing));
                tool_print(&w, "%s without a value now\n", tool_count(n, nan));
            }
        }
        tool_print(&w, "As candles\n");
#define LINE(value, text) if (value) tool_print(&w, "  %s %s\n", tool_count(n, value), text)
        LINE(r.nan_cells, "cell(s) of open, high, low, close or volume without a number");
        LINE(r.ohlc_violations, "bar(s) where high or low do not enclose open and close");
        LINE(r.nonpositive_prices, "bar(s) with a price that is not above zero");
        LINE(r.negative_volumes, "bar(s) with a negative volume");
        LINE(r.duplicate_times, "bar(s) repeat a time");
        LINE(r.backward_times, "bar(s) go back in time");
        LINE(r.missing_bars, "missing bar(s); samples that span them are left out of training (--gaps drop)");
        LINE(r.gaps, "gap(s) hold them");
#undef LINE
        if (usable) tool_print(&w, "  usable: times ascend strictly and every price is above zero\n");
        else tool_print(&w, "  NOT usable: %s\n", err.message);
    }
    code = tool_write(o, "-", &w);
    if (code == TOOL_OK && !usable) code = TOOL_DATA;
    lstmfc_writer_free(&w);
    lstmfc_candles_free(candles);
    return code;
}

int command_check(int argc, char **argv)
{
    options o;
    tool_input input;
    int code;
    options_init(&o, &command);
    tool_input_options(&o, &input);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv");
    if (code == -1) code = run(&o, &input);
    options_free(&o);
    return code;
}
