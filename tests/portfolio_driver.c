/* Lets portfolio_compare.py run lstmfc_backtest_portfolio: cases from stdin, answers to stdout, numbers with 17 digits. A case:
   "SERIES BARS OPTIONS", so many "name value" lines, and of each series its number of bars and rows "time open high low close volume rate target".
   The answer: "error MESSAGE", or "ROWS FILLS RUINED", a row for each time and each fill. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <stdio.h>

enum { SERIES = 4, MOST = 200 };

static double number(void) {
    char word[64];
    if (scanf("%63s", word) != 1) exit(2);
    return strtod(word, NULL);
}

int main(void) {
    static double open[SERIES][MOST], high[SERIES][MOST], low[SERIES][MOST], close[SERIES][MOST], targets[SERIES][MOST];
    static double volume[SERIES][MOST], rate[SERIES][MOST];
    static int64_t time[SERIES][MOST];
    size_t field_count, i, t, k, n, count;
    const lstmfc_field *fields = lstmfc_backtest_desc_fields(&field_count);
    unsigned long series, options;
    while (scanf("%lu %lu", &series, &options) == 2 && series <= SERIES) {
        lstmfc_backtest_desc desc;
        lstmfc_candles candles[SERIES];
        lstmfc_column columns[SERIES];
        const lstmfc_candles *list[SERIES];
        const double *orders[SERIES];
        lstmfc_backtest *b;
        lstmfc_error err = {0, 0, 0, 0, {0}};
        memset(&desc, 0, sizeof desc);
        memset(candles, 0, sizeof candles);
        memset(columns, 0, sizeof columns);
        for (i = 0; i < options; i++) {
            char name[64], value[64];
            if (scanf("%63s %63s", name, value) != 2) return 2;
            for (k = 0; k < field_count && strcmp(fields[k].name, name); k++) {}
            if (!strcmp(name, "funding_column")) desc.funding_column = "rate";
            else if (k == field_count || lstmfc_field_set(&desc, &fields[k], value, &err)) { fprintf(stderr, "%s %s\n", name, err.message); return 2; }
        }
        for (i = 0; i < series; i++) {
            n = (size_t)number();
            if (n > MOST) return 2;
            for (t = 0; t < n; t++) {
                time[i][t] = (int64_t)number();
                open[i][t] = number(); high[i][t] = number(); low[i][t] = number(); close[i][t] = number();
                volume[i][t] = number(); rate[i][t] = number();
                targets[i][t] = number();
            }
            candles[i].count = n; candles[i].time = time[i]; candles[i].open = open[i]; candles[i].high = high[i];
            candles[i].low = low[i]; candles[i].close = close[i];
            columns[i].name = "rate"; columns[i].values = rate[i];
            candles[i].volume = volume[i]; candles[i].columns = &columns[i]; candles[i].column_count = 1;
            list[i] = &candles[i]; orders[i] = targets[i];
        }
        b = lstmfc_backtest_portfolio(series, list, orders, &desc, &err);
        if (!b) { printf("error %s\n", err.message); continue; }
        count = b->fill_count;
        printf("%lu %lu %d\n", (unsigned long)b->bars, (unsigned long)count, (int)b->ruined);
        for (t = 0; t < b->bars; t++) printf("%.17g %.17g %.17g %.17g\n", b->equity[t], b->worst[t], b->position[t], b->hold[t]);
        for (t = 0; t < count; t++)
            printf("%ld %d %.17g %.17g %s %.17g %.17g\n", (long)b->fills[t].bar, (int)b->fills[t].symbol, b->fills[t].quantity, b->fills[t].price,
                   lstmfc_exit_name(b->fills[t].reason), b->fills[t].fee, b->fills[t].funding);
        lstmfc_backtest_free(b);
    }
    return 0;
}
