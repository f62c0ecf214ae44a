/* resample.c - candles of a longer interval: --resample 4h.

   A resampled bar holds the bars that open in [k I, (k + 1) I), counted from 1970-01-01 UTC (weeks from Mondays), and is named by that
   open, as every bar here. open first, high greatest, low least, close last, volume the sum; any other column has the value of the last
   bar, which is what is known when the bar closes. Only closed bars: the first one is left out unless the file begins with its first bar,
   the last one unless the file holds its last bar. In between a bar that would stand on fewer bars, for some are missing, is left out and so missing
   itself (--gaps drop then leaves out what spans it), unless --keep-thin; they are counted and the first ones named. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

enum { AS_OPEN, AS_HIGH, AS_LOW, AS_CLOSE, AS_VOLUME, AS_LAST };
static const int64_t day = 86400000;

/* "15min", "4h", "1d", "1w" in ms; 0 = none of them. */
static int64_t interval_of(const char *text) {
    static const struct { const char *name; int64_t ms; } units[] = {
        {"s", 1000}, {"min", 60000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}
    };
    int64_t n;
    size_t digits = strspn(text, "0123456789"), i;
    if (!digits || lstmfc_parse_int(text, digits, &n) != digits || n < 1 || n > 100000) return 0;
    for (i = 0; i < sizeof units / sizeof units[0]; i++) if (!strcmp(text + digits, units[i].name)) return n * units[i].ms;
    return 0;
}

/* Open of the bar of `interval` that holds `time`. Whole weeks begin on a Monday: 1970-01-01 was a Thursday. */
static int64_t open_of(int64_t time, int64_t interval) {
    int64_t from = interval % (7 * day) == 0 ? -3 * day : 0, rest = (time - from) % interval;
    return time - (rest < 0 ? rest + interval : rest);
}

/* What a column is in the candles. */
static int kind_of(const lstmfc_candles *c, const double *values) {
    return values == c->close ? AS_CLOSE : values == c->open ? AS_OPEN : values == c->high ? AS_HIGH : values == c->low ? AS_LOW
         : values == c->volume ? AS_VOLUME : AS_LAST;
}

/* One number of rows first .. end-1. A volume with an unknown part is unknown. */
static double joined(const double *x, size_t first, size_t end, int kind) {
    double y = x[kind == AS_CLOSE || kind == AS_LAST ? end - 1 : first];
    size_t t;
    for (t = first + 1; t < end; t++) {
        if (kind == AS_HIGH && x[t] > y) y = x[t];
        if (kind == AS_LOW && x[t] < y) y = x[t];
        if (kind == AS_VOLUME) y += x[t];
    }
    return y;
}

static unsigned char missed(const unsigned char *missing, size_t first, size_t end, int kind) {
    size_t t;
    if (kind == AS_CLOSE || kind == AS_LAST) return missing[end - 1];
    if (kind == AS_OPEN) return missing[first];
    for (t = first; t < end; t++) if (missing[t]) return 1;
    return 0;
}

/* The resampled bars over memory of its own; bar t is of rows starts[t] .. ends[t]-1. NULL: out of memory. */
static lstmfc_candles *join(const lstmfc_candles *from, const size_t *starts, const size_t *ends, size_t count, int64_t interval) {
    lstmfc_candles to = *from, *made = NULL;
    size_t columns = from->column_count, i, t, lost = 0;
    to.count = count;
    to.interval = interval;
    to.internal = NULL;
    to.time = (int64_t *)calloc(count + 1, sizeof *to.time);
    to.columns = (lstmfc_column *)calloc(columns + 1, sizeof *to.columns);
    if (to.columns) memcpy(to.columns, from->columns, columns * sizeof *to.columns);
    for (t = 0; to.time && t < count; t++) to.time[t] = open_of(from->time[starts[t]], interval);
    for (i = 0; to.columns && i < columns; i++) {
        const lstmfc_column *old = &from->columns[i];
        lstmfc_column *column = &to.columns[i];
        int kind = kind_of(from, old->values);
        column->values = (double *)calloc(count + 1, sizeof *column->values);
        column->missing = old->missing ? (unsigned char *)calloc(count + 1, 1) : NULL;
        if (!column->values || (old->missing && !column->missing)) { lost = 1; continue; }
        for (t = 0; t < count; t++) {
            column->values[t] = joined(old->values, starts[t], ends[t], kind);
            if (column->missing) column->missing[t] = missed(old->missing, starts[t], ends[t], kind);
        }
        if (from->open == old->values) to.open = column->values;
        if (from->high == old->values) to.high = column->values;
        if (from->low == old->values) to.low = column->values;
        if (from->close == old->values) to.close = column->values;
        if (from->volume == old->values) to.volume = column->values;
    }
    if (to.time && to.columns && !lost) made = lstmfc_candles_slice(&to, 0, count, NULL);
    for (i = 0; to.columns && i < columns; i++) { free(to.columns[i].values); free(to.columns[i].missing); }
    free(to.columns);
    free(to.time);
    return made;
}

/* What the report says of the bars kept is said of the new ones. */
static void report_again(tool_input *input, const lstmfc_candles *candles) {
    lstmfc_candles_report found;
    size_t t;
    lstmfc_candles_check(candles, &found, NULL);
    input->report.kept = (int64_t)candles->count;
    input->report.interval = candles->interval;
    input->report.missing_bars = found.missing_bars;
    input->report.gaps = found.gaps;
    input->report.ohlc_violations = found.ohlc_violations;
    for (input->report.zero_volume = 0, t = 0; candles->volume && t < candles->count; t++)
        input->report.zero_volume += candles->volume[t] >= 0 && candles->volume[t] <= 0;
}

static void note(tool_input *input, const char *which, int64_t open, size_t bars, int64_t of) {
    char when[32];
    lstmfc_format_time(when, open);
    tool_input_note(input, "the %s bar, %s, has %lld of its %lld bars and was left out", which, when, (long long)bars, (long long)of);
}

/* The bars that stand on all their rows move to the front of starts and ends; the others are told: on stderr too, for every command must
   say what it leaves out. Returns how many are left. */
static size_t whole_ones(tool_input *input, const lstmfc_candles *candles, size_t *starts, size_t *ends, size_t count, int64_t interval) {
    size_t t, kept = 0, most = (size_t)(interval / candles->interval), thin = 0;
    char names[160] = "", text[400], span[32];
    for (t = 0; t < count; t++) {
        size_t used = strlen(names), rows = ends[t] - starts[t];
        char when[32];
        if (rows >= most) { starts[kept] = starts[t]; ends[kept++] = ends[t]; continue; }
        lstmfc_format_time(when, open_of(candles->time[starts[t]], interval));
        if (thin++ < 3) snprintf(names + used, sizeof names - used, "%s%s (%d)", used ? ", " : "", when, (int)rows);
    }
    if (!thin) return kept;
    snprintf(text, sizeof text, "%lld bars of %s made of fewer bars than %lld were left out and count as missing (--keep-thin keeps them): %s%s",
             (long long)thin, tool_span(span, interval), (long long)most, names, thin > 3 ? " ..." : "");
    tool_input_note(input, "%s", text);
    fprintf(stderr, "note: %s\n", text);
    return kept;
}

lstmfc_candles *tool_resample(const options *o, tool_input *input, lstmfc_candles *candles, int *code) {
    int64_t interval = interval_of(input->resample), step = candles->interval, thin = 0;
    size_t n = candles->count, t, count = 0, first = 0, *starts, *ends;
    lstmfc_candles *made = NULL;
    char a[32], b[32];
    *code = TOOL_OK;
    if (input->one_of_several && interval && interval == step) return candles;
    *code = TOOL_DATA;
    if (!interval)
        *code = tool_fail(o, TOOL_USAGE, "--resample %.40s: expected a number and s, min, h, d or w, such as 4h", input->resample);
    else if (step <= 0)
        *code = tool_fail(o, TOOL_DATA, "--resample: the bars of %s come in no common interval", input->csv);
    else if (interval <= step || interval % step)
        *code = tool_fail(o, TOOL_USAGE, "--resample %s: the bars are of %s; expected a longer interval of whole bars", input->resample,
                          tool_span(a, step));
    for (t = 0; t < n && *code == TOOL_DATA && interval && step > 0 && interval > step && interval % step == 0; t++)
        if (open_of(candles->time[t], interval) != open_of(candles->time[t] + step - 1, interval)) {
            lstmfc_format_time(a, candles->time[t]);
            *code = tool_fail(o, TOOL_USAGE, "--resample %s: the bar that opens at %s would lie in two of them (they are counted from "
                              "midnight UTC)", input->resample, a);
            break;
        }
    if (t < n || !n) { lstmfc_candles_free(candles); return NULL; }
    *code = TOOL_OK;
    starts = (size_t *)calloc(2 * n + 2, sizeof *starts);
    ends = starts ? starts + n + 1 : NULL;
    for (t = 0; starts && t < n; t++)
        if (!t || open_of(candles->time[t], interval) != open_of(candles->time[t - 1], interval)) starts[count++] = t;
    if (starts) starts[count] = n;
    if (starts) tool_input_note(input, "bars of %s joined to bars of %s", tool_span(a, step), tool_span(b, interval));
    if (starts && count && candles->time[0] != open_of(candles->time[0], interval)) {
        note(input, "first", open_of(candles->time[0], interval), starts[1], interval / step);
        first++;
    }
    if (starts && count > first && candles->time[n - 1] + step < open_of(candles->time[n - 1], interval) + interval) {
        count--;
        note(input, "last", open_of(candles->time[n - 1], interval), n - starts[count], interval / step);
    }
    for (t = first; starts && t < count; t++) {
        ends[t] = starts[t + 1];
        thin += (int64_t)(ends[t] - starts[t]) * step < interval;
    }
    if (starts && thin && !input->keep_thin) count = first + whole_ones(input, candles, starts + first, ends + first, count - first, interval);
    else if (starts && thin) tool_input_note(input, "%lld of them made of fewer bars than %lld, for bars are missing", (long long)thin,
                                        (long long)(interval / step));
    if (!starts) *code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (count <= first)
        *code = tool_fail(o, TOOL_DATA, "--resample %s: %s holds no whole bar of it%s", input->resample, input->csv,
                          thin ? "; --keep-thin takes those made of fewer bars" : "");
    else if (!(made = join(candles, starts + first, ends + first, count - first, interval))) *code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else report_again(input, made);
    free(starts);
    lstmfc_candles_free(candles);
    return made;
}
