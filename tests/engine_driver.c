/* Lets engine_compare.py run the backtester on many cases: one process, cases from stdin, answers to stdout, numbers with 17 digits.
   A case: "OPTIONS BARS", so many "name value" lines, so many rows "time open high low close volume target". The answer: "error MESSAGE",
   or "ok BARS FILLS TRADES", a row of figures, a row per bar, fill and trade. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <stdio.h>

#define MOST 1000

static double number(void) {
    char word[64];
    if (scanf("%63s", word) != 1) exit(2);
    return strtod(word, NULL);
}

static void answer(const lstmfc_candles *candles, const double *targets, const lstmfc_backtest_desc *desc, lstmfc_error *err) {
    lstmfc_backtest *b = lstmfc_backtest_start(candles, targets, candles->count, desc, err);
    size_t i;
    if (!b) { printf("error %s\n", err->message); return; }
    printf("ok %lu %lu %lu\n", (unsigned long)b->bars, (unsigned long)b->fill_count, (unsigned long)b->trade_count);
    printf("%d %d %.17g %.17g %.17g %.17g %.17g\n", (int)b->ruined, (int)b->open_at_end, b->metrics.annual, b->metrics.fees, b->metrics.slippage,
           b->metrics.total_return, b->metrics.gross_return);
    for (i = 0; i < b->bars; i++)
        printf("%.17g %.17g %.17g %.17g %.17g\n", b->equity[i], b->position[i], b->worst[i], b->hold[i], b->persistence[i]);
    for (i = 0; i < b->fill_count; i++) {
        const lstmfc_fill *f = &b->fills[i];
        printf("%ld %ld %.17g %.17g %.17g %.17g\n", (long)f->bar, (long)f->trade, f->quantity, f->price, f->fee, f->slippage);
    }
    for (i = 0; i < b->trade_count; i++) {
        const lstmfc_trade *t = &b->trades[i];
        printf("%ld %ld %ld %s %ld %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", (long)t->entry_bar,
               (long)t->exit_bar, (long)t->side, lstmfc_exit_name(t->reason), (long)t->resizes, t->quantity, t->entry_price, t->exit_price,
               t->entry_fee, t->exit_fee, t->slippage, t->gross, t->pnl, t->net_return, t->mae, t->mfe, t->r);
    }
    lstmfc_backtest_free(b);
}

int main(void) {
    static int64_t time[MOST];
    static double open[MOST], high[MOST], low[MOST], close[MOST], volume[MOST], targets[MOST];
    size_t field_count, options, bars, i, k;
    const lstmfc_field *fields = lstmfc_backtest_desc_fields(&field_count);
    unsigned long a, b;
    while (scanf("%lu %lu", &a, &b) == 2 && b <= MOST) {
        lstmfc_backtest_desc desc;
        lstmfc_candles candles;
        lstmfc_error err = {0, 0, 0, 0, {0}};
        lstmfc_result result = LSTMFC_OK;
        options = a;
        bars = b;
        memset(&desc, 0, sizeof desc);
        memset(&candles, 0, sizeof candles);
        for (i = 0; i < options; i++) {
            char name[64], value[64];
            if (scanf("%63s %63s", name, value) != 2) return 2;
            for (k = 0; k < field_count && strcmp(fields[k].name, name); k++) {}
            if (k == field_count) { fprintf(stderr, "no option %s\n", name); return 2; }
            if (result == LSTMFC_OK) result = lstmfc_field_set(&desc, &fields[k], value, &err);
        }
        for (i = 0; i < bars; i++) {
            time[i] = (int64_t)number();
            open[i] = number(); high[i] = number(); low[i] = number(); close[i] = number(); volume[i] = number(); targets[i] = number();
        }
        candles.count = bars;
        candles.time = time;
        candles.open = open; candles.high = high; candles.low = low; candles.close = close; candles.volume = volume;
        if (result == LSTMFC_OK) answer(&candles, targets, &desc, &err);
        else printf("error %s\n", err.message);
        fflush(stdout);
    }
    return 0;
}
