/* Tulip Indicators as a worker of bench/run.py, on the bars that ours exports. Built from the user's copy of its sources:
       make bench TULIP=path
   common: of system E's list what TA-Lib has functions for. */
#define _POSIX_C_SOURCE 200809L
#include <indicators.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROOM = 1 << 20 };
static double column[5][ROOM], out[3][ROOM];            /* open high low close volume */
static int bars;

/* name; function of Tulip; inputs as letters o h l c v; options; outputs */
static const struct { const char *name, *inputs; int (*call)(int, double const *const *, double const *, double *const *); double options[3]; } calls[] = {
    {"sma", "c", ti_sma, {20}}, {"ema", "c", ti_ema, {20}}, {"stddev", "c", ti_stddev, {20}}, {"rsi", "c", ti_rsi, {14}}, {"stochrsi", "c", ti_stochrsi, {14}},
    {"macd", "c", ti_macd, {12, 26, 9}}, {"bands", "c", ti_bbands, {20, 2}}, {"tr", "hlc", ti_tr, {0}}, {"atr", "hlc", ti_atr, {14}}, {"dmi", "hlc", ti_di, {14}},
    {"dmi", "hlc", ti_adx, {14}}, {"obv", "cv", ti_obv, {0}}, {"volume_ratio", "v", ti_sma, {20}}, {"max", "c", ti_max, {14}}, {"mfi", "hlcv", ti_mfi, {14}},
    {"cci", "hlc", ti_cci, {14}}, {"stoch", "hlc", ti_stoch, {5, 3, 3}}
};
enum { CALLS = sizeof calls / sizeof calls[0] };
static const char *const common[] = {"rsi", "stochrsi", "macd", "bands", "atr", "dmi", "ema", "ema", "obv", "volume_ratio"};

/* 0: there is none of that name. */
static int run(const char *name) {
    size_t i, k;
    int t, done = 0;
    for (i = 0; i < CALLS; i++) {
        const double *in[4];
        double *to[3];
        if (strcmp(calls[i].name, name)) continue;
        for (k = 0; calls[i].inputs[k]; k++) in[k] = column[strchr("ohlcv", calls[i].inputs[k]) - "ohlcv"];
        for (k = 0; k < 3; k++) to[k] = out[k];
        if (calls[i].call(bars, in, calls[i].options, to)) exit(1);
        done = 1;
    }
    if (!strcmp(name, "volume_ratio")) for (t = 19; t < bars; t++) out[0][t - 19] = column[4][t] / out[0][t - 19];
    if (!strcmp(name, "common")) for (i = 0; i < sizeof common / sizeof common[0]; i++) done = run(common[i]);
    return done;
}

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    char line[512], path[512], word[32], name[32];
    FILE *file;
    int k;
    snprintf(path, sizeof path, "%s/bars.f64", argc > 1 ? argv[1] : ".");
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) return 1;
    bars = (int)(ftell(file) / (long)(5 * sizeof(double)));
    rewind(file);
    if (bars > ROOM) return 1;
    for (k = 0; k < 5; k++) if (fread(column[k], sizeof(double), (size_t)bars, file) != (size_t)bars) return 1;
    fclose(file);
    while (fgets(line, sizeof line, stdin)) {
        const char *given = strstr(line, "seconds=");
        word[0] = name[0] = 0;
        sscanf(line, "%31s %31s", word, name);
        if (!strcmp(word, "hello")) printf("{\"name\":\"Tulip\",\"version\":\"%s\",\"isa\":\"its own\"}\n", TI_VERSION);
        else if (strcmp(word, "indicator") || !run(name)) printf("{\"absent\":\"%s %s: Tulip has none\"}\n", word, name);
        else {
            double seconds = given ? atof(given + 8) : 0.2, wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), units = 0, end;
            do {
                run(name);
                units += bars;
                end = seconds_of(CLOCK_MONOTONIC);
            } while (end - wall < seconds);
            printf("{\"units\":%.17g,\"wall\":%.9g,\"cpu\":%.9g,\"check\":%.9g}\n", units, end - wall, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu, out[0][bars / 2]);
        }
        fflush(stdout);
    }
    return 0;
}
