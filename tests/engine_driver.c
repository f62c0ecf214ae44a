/* Lets engine_compare.py run the backtester on many cases: one process, cases from stdin, answers to stdout, numbers with 17 digits.
   A case: "OPTIONS BARS ASKED ABSENT", so many "name value" lines, so many rows "time open high low close volume rate target"; ASKED 1: the targets
   come from a function that picks among them by what it is shown; ABSENT has the letters of the columns open, high, low to leave out. The answer: "error MESSAGE", or "ok BARS FILLS TRADES", a row of figures,
   a row per bar, of what the function was shown, per fill and trade. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <stdio.h>

#define MOST 1000

/* What the function was shown, and what it picks from. */
typedef struct table {
    const double *targets;
    size_t count;
    double shown[MOST][7];
} table;

static double decide(void *context, const lstmfc_backtest_view *view) {
    table *all = (table *)context;
    double *shown = all->shown[view->bar];
    shown[0] = view->equity;
    shown[1] = view->cash;
    shown[2] = view->quantity;
    shown[3] = view->entry_price;
    shown[4] = (double)view->bars_held;
    shown[5] = (double)view->trade_count;
    shown[6] = (double)view->candles->count;
    return all->targets[(7 * view->bar + 3 * (size_t)view->bars_held + 5 * view->trade_count + (view->quantity > 0) + 2 * (view->quantity < 0)) % all->count];
}

static double number(void) {
    char word[64];
    if (scanf("%63s", word) != 1) exit(2);
    return strtod(word, NULL);
}

static void answer(const lstmfc_candles *candles, const double *targets, lstmfc_backtest_desc *desc, int asked, lstmfc_error *err) {
    static table all;
    lstmfc_backtest *b;
    size_t i, k;
    all.targets = targets;
    all.count = candles->count;
    if (asked) { desc->decide = decide; desc->context = &all; }
    b = lstmfc_backtest_start(candles, asked ? NULL : targets, candles->count, desc, err);
    if (!b) { printf("error %s\n", err->message); return; }
    printf("ok %lu %lu %lu\n", (unsigned long)b->bars, (unsigned long)b->fill_count, (unsigned long)b->trade_count);
    printf("%d %d %.17g %.17g %.17g %.17g %.17g %.17g\n", (int)b->ruined, (int)b->open_at_end, b->metrics.annual, b->metrics.fees, b->metrics.slippage,
           b->metrics.funding, b->metrics.total_return, b->metrics.gross_return);
    for (i = 0; i < b->bars; i++)
        printf("%.17g %.17g %.17g %.17g %.17g\n", b->equity[i], b->position[i], b->worst[i], b->hold[i], b->persistence[i]);
    for (i = 0; asked && i < b->bars; i++)
        for (k = 0; k < 7; k++) printf(k < 6 ? "%.17g " : "%.17g\n", all.shown[i][k]);
    for (i = 0; i < b->fill_count; i++) {
        const lstmfc_fill *f = &b->fills[i];
        printf("%ld %ld %.17g %.17g %.17g %.17g %.17g %s\n", (long)f->bar, (long)f->trade, f->quantity, f->price, f->fee, f->slippage, f->funding,
               lstmfc_exit_name(f->reason));
    }
    for (i = 0; i < b->trade_count; i++) {
        const lstmfc_trade *t = &b->trades[i];
        printf("%ld %ld %ld %s %ld %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", (long)t->entry_bar,
               (long)t->exit_bar, (long)t->side, lstmfc_exit_name(t->reason), (long)t->resizes, t->quantity, t->entry_price, t->exit_price,
               t->entry_fee, t->exit_fee, t->slippage, t->funding, t->gross, t->pnl, t->net_return, t->mae, t->mfe, t->r);
    }
    lstmfc_backtest_free(b);
}

int main(void) {
    static int64_t time[MOST];
    static double open[MOST], high[MOST], low[MOST], close[MOST], volume[MOST], rate[MOST], targets[MOST];
    size_t field_count, options, bars, i, k;
    const lstmfc_field *fields = lstmfc_backtest_desc_fields(&field_count);
    unsigned long a, b;
    int asked;
    char absent[8];
    while (scanf("%lu %lu %d %7s", &a, &b, &asked, absent) == 4 && b <= MOST) {
        lstmfc_backtest_desc desc;
        lstmfc_candles candles;
        lstmfc_column column;
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
            if (!strcmp(name, "funding_column")) desc.funding_column = "rate";
            else if (result == LSTMFC_OK) result = lstmfc_field_set(&desc, &fields[k], value, &err);
        }
        for (i = 0; i < bars; i++) {
            time[i] = (int64_t)number();
            open[i] = number(); high[i] = number(); low[i] = number(); close[i] = number(); volume[i] = number();
            rate[i] = number(); targets[i] = number();
        }
        memset(&column, 0, sizeof column);
        column.name = "rate";
        column.values = rate;
        candles.columns = &column;
        candles.column_count = 1;
        candles.count = bars;
        candles.time = time;
        candles.open = strchr(absent, 'o') ? NULL : open;
        candles.high = strchr(absent, 'h') ? NULL : high;
        candles.low = strchr(absent, 'l') ? NULL : low;
        candles.close = close; candles.volume = volume;
        if (result == LSTMFC_OK) answer(&candles, targets, &desc, asked, &err);
        else printf("error %s\n", err.message);
        fflush(stdout);
    }
    return 0;
}
