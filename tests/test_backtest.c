/* Chapters 19 and 20: small cases done by hand, and properties on random series. tests/stat_compare.py runs real candles
   against an independent program. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

#define HOUR 3600000
#define MAX_BARS 64

typedef struct market {
    int64_t time[MAX_BARS];
    double open[MAX_BARS], high[MAX_BARS], low[MAX_BARS], close[MAX_BARS];
    lstmfc_candles candles;
} market;

static void market_start(market *m) {
    memset(m, 0, sizeof *m);
    m->candles.time = m->time; m->candles.open = m->open; m->candles.high = m->high; m->candles.low = m->low; m->candles.close = m->close;
}

static void bar(market *m, double open, double high, double low, double close) {
    size_t t = m->candles.count++;
    m->time[t] = (int64_t)t * HOUR + 1640995200000;
    m->open[t] = open; m->high[t] = high; m->low[t] = low; m->close[t] = close;
}

static lstmfc_backtest_desc free_desc(void) {
    lstmfc_backtest_desc d;
    memset(&d, 0, sizeof d);
    d.balance = 1000; d.fee = LSTMFC_NONE; d.slippage = LSTMFC_NONE; d.resamples = 100;
    return d;
}

static lstmfc_backtest *run(const market *m, const double *targets, const lstmfc_backtest_desc *d) {
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest *b = lstmfc_backtest_run(&m->candles, targets, m->candles.count, d, &err);
    if (!CHECK(b != NULL)) printf("    %s\n", err.message);
    return b;
}

TEST(signals) {
    lstmfc_forecast f[5];
    lstmfc_signal_desc rule;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    double position[5], confidence[5];
    size_t i;
    static const double p[5] = {0.7, 0.5, 0.4, 0.52, 0};
    memset(f, 0, sizeof f);
    memset(&rule, 0, sizeof rule);
    for (i = 0; i < 5; i++) { f[i].probability_up = p[i]; f[i].log_return = p[i] - 0.5; }
    f[4].probability_up = f[4].log_return = lstmfc_nan();
    CHECK_OK(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 5, f, NULL, position, confidence, &err), err);
    CHECK(position[0] == 1 && position[1] == 0 && position[2] == -1 && position[3] == 1 && position[4] == 0);
    CHECK_NEAR(confidence[2], 0.6, 1e-15);
    CHECK(confidence[0] == 0.7 && lstmfc_is_nan(confidence[4]));
    rule.band = 0.05; rule.long_only = 1;
    CHECK_OK(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 5, f, &rule, position, NULL, &err), err);
    CHECK(position[0] == 1 && position[1] == 0 && position[2] == 0 && position[3] == 0 && position[4] == 0);
    rule.long_only = 0; rule.band = 0.3; f[0].probability_up = 0.8; f[1].probability_up = 0.2;     /* on the edge of the band: flat, */
    CHECK_OK(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 5, f, &rule, position, NULL, &err), err);      /* though 0.8 - 0.5 > 0.3 in binary */
    CHECK(position[0] == 0 && position[1] == 0);
    for (i = 1; i < 50; i++) {                          /* whichever way 0.5 + band and a decimal p have been rounded */
        rule.band = (double)i / 100;
        f[0].probability_up = (double)(50 + i) / 100; f[1].probability_up = (double)(50 - i) / 100;
        f[2].probability_up = 0.5 + (double)i * 0.01; f[3].probability_up = 1 - f[0].probability_up;
        CHECK_OK(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 4, f, &rule, position, NULL, &err), err);
        CHECK(position[0] == 0 && position[1] == 0 && position[2] == 0 && position[3] == 0);
        f[0].probability_up += 1e-9; f[1].probability_up -= 1e-9;
        CHECK_OK(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 2, f, &rule, position, NULL, &err), err);
        CHECK(position[0] == 1 && position[1] == -1);
    }
    f[2].probability_up = 0.4; f[3].probability_up = 0.52;
    for (i = 0; i < 4; i++) f[i].log_return = p[i] - 0.5;
    f[0].probability_up = 0.7; f[1].probability_up = 0.5; rule.band = 0.05; rule.threshold = 0.15;
    CHECK_OK(lstmfc_signals(LSTMFC_TARGET_PRICE, 5, f, &rule, position, confidence, &err), err);
    CHECK(position[0] == 1 && position[2] == 0 && position[4] == 0 && lstmfc_is_nan(confidence[0]));
    rule.threshold = 0;
    CHECK_OK(lstmfc_signals(LSTMFC_TARGET_RETURN, 5, f, &rule, position, NULL, &err), err);
    CHECK(position[0] == 1 && position[1] == 0 && position[2] == -1);
    CHECK_INT(lstmfc_signals(LSTMFC_TARGET_VOLATILITY, 5, f, &rule, position, NULL, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK_HAS(err.message, "a volatility forecast names no side");
    rule.band = 0.7;
    CHECK_INT(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 5, f, &rule, position, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "band");
    CHECK_INT(lstmfc_signals(LSTMFC_TARGET_DIRECTION, 5, NULL, NULL, position, NULL, NULL), LSTMFC_ERROR_ARGUMENT);
}

/* Decided at the close of bar 0, filled at the open of bar 1, still open at the end: every number by hand. */
TEST(one_trade) {
    market m;
    static const double targets[3] = {1, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    double q, entry, exit_price;
    market_start(&m);
    bar(&m, 100, 106, 99, 105);
    bar(&m, 110, 118, 108, 115);
    bar(&m, 120, 127, 113, 125);
    b = run(&m, targets, &d);
    if (!b) return;
    CHECK_NEAR(b->equity[0], 1000, 0);
    CHECK_NEAR(b->equity[1], 1000.0 / 110 * 115, 1e-15);
    CHECK_NEAR(b->worst[1], 1000.0 / 110 * 108, 1e-15);
    CHECK_NEAR(b->equity[2], 1000.0 / 110 * 125, 1e-15);
    CHECK_NEAR(b->position[1], 1, 1e-15);
    CHECK(b->position[0] == 0 && b->position[2] == 0);
    CHECK_INT(b->trade_count, 1);
    CHECK_INT(b->trades[0].entry_bar, 1); CHECK_INT(b->trades[0].exit_bar, 2);
    CHECK_INT(b->trades[0].entry_time, m.time[1]); CHECK_INT(b->trades[0].exit_time, m.time[2]);
    CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_END);
    CHECK_NEAR(b->trades[0].mae, 2.0 / 110, 1e-14);
    CHECK_NEAR(b->trades[0].mfe, 17.0 / 110, 1e-14);
    CHECK(b->open_at_end && b->no_costs && !b->cheat && !b->ruined);
    CHECK_NEAR(b->metrics.total_return, 125.0 / 110 - 1, 1e-14);
    CHECK_NEAR(b->metrics.gross_return, b->metrics.total_return, 1e-14);
    CHECK(memcmp(b->hold, b->equity, 3 * sizeof *b->hold) == 0);    /* always long IS buy and hold */
    CHECK_NEAR(b->metrics.beta, 1, 0);
    CHECK_NEAR(b->metrics.alpha, 0, 0);
    CHECK_NEAR(b->metrics.annual, 8766, 1e-12);
    lstmfc_backtest_free(b);

    d.fee = 0.001; d.slippage = 0.0002;
    b = run(&m, targets, &d);
    if (!b) return;
    entry = 110 * 1.0002; q = 1000 / (entry * 1.001); exit_price = 125 * 0.9998;
    CHECK_NEAR(b->trades[0].entry_price, entry, 1e-15);
    CHECK_NEAR(b->trades[0].exit_price, exit_price, 1e-15);
    CHECK_NEAR(b->trades[0].quantity, q, 1e-15);
    CHECK_NEAR(b->trades[0].entry_fee, q * entry * 0.001, 1e-14);
    CHECK_NEAR(b->trades[0].exit_fee, q * exit_price * 0.001, 1e-14);
    CHECK_NEAR(b->trades[0].slippage, q * (110 + 125) * 0.0002, 1e-13);
    CHECK_NEAR(b->trades[0].pnl, q * (exit_price - entry) - q * (entry + exit_price) * 0.001, 1e-13);
    CHECK_NEAR(b->equity[2], q * exit_price * 0.999, 1e-14);
    CHECK_NEAR(b->metrics.fees, q * (entry + exit_price) * 0.001, 1e-14);
    CHECK_NEAR(b->metrics.gross_return, 125.0 / 110 - 1, 1e-14);
    CHECK(!b->no_costs);
    lstmfc_backtest_free(b);
}

TEST(reversal_and_keep) {
    market m;
    double targets[6] = {1, -1, 0, 0, -0.5, 0};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    double e, q;
    market_start(&m);
    bar(&m, 100, 101, 99, 100);
    bar(&m, 100, 111, 99, 110);       /* long at 100 */
    bar(&m, 112, 113, 105, 106);      /* reversed at 112: +12 % */
    bar(&m, 104, 105, 103, 104);      /* short closed at 104: 112 -> 104 */
    bar(&m, 104, 105, 103, 104);
    bar(&m, 104, 131, 103, 130);      /* half short at 104, closed at the end at 130 */
    b = run(&m, targets, &d);
    if (!b) return;
    CHECK_INT(b->trade_count, 3);
    CHECK_NEAR(b->equity[1], 1100, 1e-14);
    q = 1120 / 112.0;
    CHECK_NEAR(b->trades[1].quantity, q, 1e-14);
    CHECK_INT(b->trades[1].side, -1);
    CHECK_NEAR(b->equity[2], 1120 + q * (112 - 106), 1e-14);
    e = 1120 + q * (112 - 104);
    CHECK_NEAR(b->equity[3], e, 1e-14);
    CHECK_NEAR(b->position[2], -q * 106 / b->equity[2], 1e-14);
    CHECK_NEAR(b->equity[5], e - 0.5 * e / 104 * 26, 1e-14);
    CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_SIGNAL);
    CHECK_NEAR(b->metrics.turnover, 1 + 1 + 1 + q * 104 / e + 0.5 + 0.5 * e / 104 * 130 / b->equity[5], 1e-13);
    CHECK_NEAR(b->metrics.exposure, 2.0 / 6, 1e-15);
    lstmfc_backtest_free(b);
    /* NaN: no order; the long of bar 1 is kept to the end */
    targets[1] = targets[2] = targets[3] = targets[4] = lstmfc_nan();
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK_NEAR(b->equity[5], 1300, 1e-14); }
    lstmfc_backtest_free(b);
    /* a changed size on the same side is left as it is, when asked for */
    targets[1] = 0.25; targets[2] = 1; d.resize = LSTMFC_RESIZE_NO;
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK_NEAR(b->equity[5], 1300, 1e-14); }
    lstmfc_backtest_free(b);
    targets[1] = -1; targets[2] = -1; targets[3] = -1; targets[4] = -1;
    d.long_only = 1;
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK_NEAR(b->equity[5], 1120, 1e-14); }
    lstmfc_backtest_free(b);
    d.long_only = 0; d.size = 0.5;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->equity[1], 1050, 1e-14);
    lstmfc_backtest_free(b);
}

/* The last bar's decision has no bar left to be filled in. */
TEST(last_decision) {
    market m;
    static const double targets[3] = {0, 0, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 100, 100, 100); bar(&m, 100, 100, 100, 100);
    b = run(&m, targets, &d);
    if (b) {
        CHECK_INT(b->trade_count, 0);
        CHECK(b->metrics.total_return == 0 && lstmfc_is_nan(b->metrics.sharpe) && lstmfc_is_nan(b->metrics.win_rate) && lstmfc_is_nan(b->metrics.calmar)
              && lstmfc_is_nan(b->metrics.profit_factor) && lstmfc_is_nan(b->metrics.break_even) && b->metrics.max_drawdown == 0 && !b->pays_costs && !b->open_at_end);
    }
    lstmfc_backtest_free(b);
    d.fill = LSTMFC_FILL_SAME_CLOSE;
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trade_count, 0); CHECK(b->cheat); }
    lstmfc_backtest_free(b);
}

TEST(stops) {
    market m;
    static const double once[4] = {1, 1, 1, 1};
    double keep[4];
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    size_t i;
    for (i = 0; i < 4; i++) keep[i] = i ? lstmfc_nan() : 1;
    d.stop = 0.05; d.take = 0.1; d.slippage = 0.01;
    /* inside the bar both are touched: the stop counts, less slippage */
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 102, 99, 100); bar(&m, 100, 120, 90, 118); bar(&m, 118, 119, 117, 118);
    b = run(&m, keep, &d);
    if (b) {
        CHECK_INT(b->trade_count, 1);
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK_INT(b->trades[0].exit_bar, 2);
        CHECK_NEAR(b->trades[0].exit_price, 101 * 0.95 * 0.99, 1e-15);
        CHECK_NEAR(b->trades[0].r, b->trades[0].net_return / 0.05, 1e-15);
        CHECK_NEAR(b->trades[0].mfe, 1.0 / 101, 1e-12);         /* the high of the stop's bar was not seen */
    }
    lstmfc_backtest_free(b);
    /* the gap: filled at the open, not at the level */
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 102, 99, 100); bar(&m, 80, 120, 70, 118); bar(&m, 118, 119, 117, 118);
    b = run(&m, keep, &d);
    if (b) { CHECK_NEAR(b->trades[0].exit_price, 80 * 0.99, 1e-15); CHECK_NEAR(b->worst[2], b->equity[2], 0); CHECK_NEAR(b->trades[0].mae, 21.0 / 101, 1e-14); }
    lstmfc_backtest_free(b);
    /* the target alone: a resting order at its price, no slippage; a gap above it is filled at the open */
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 102, 99, 100); bar(&m, 105, 120, 98, 118); bar(&m, 118, 119, 117, 118);
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE); CHECK_NEAR(b->trades[0].exit_price, 101 * 1.1, 1e-15); }
    lstmfc_backtest_free(b);
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 102, 99, 100); bar(&m, 115, 120, 60, 118); bar(&m, 118, 119, 117, 118);
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE); CHECK_NEAR(b->trades[0].exit_price, 115, 1e-15); }
    lstmfc_backtest_free(b);
    /* live on the entry bar; the signal that has not changed enters again only when asked to */
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 102, 90, 100); bar(&m, 105, 106, 104, 105); bar(&m, 105, 106, 104, 105);
    b = run(&m, once, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK(b->position[2] == 0 && b->position[3] == 0 && !b->open_at_end); }
    lstmfc_backtest_free(b);
    {   static const double changed[4] = {1, 0.5, 0.5, 0.5}, twice[4] = {1, 0, 1, 1};
        b = run(&m, changed, &d);                       /* another size is another signal */
        if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[1].entry_bar, 2); }
        lstmfc_backtest_free(b);
        d.resize = LSTMFC_RESIZE_NO;                    /* where sizes are kept, only another side is */
        b = run(&m, changed, &d);
        if (b) CHECK_INT(b->trade_count, 1);
        lstmfc_backtest_free(b);
        b = run(&m, twice, &d);
        if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[1].entry_bar, 3); }
        lstmfc_backtest_free(b);
        d.resize = LSTMFC_RESIZE_YES;
    }
    d.reenter = LSTMFC_REENTER_YES;
    b = run(&m, once, &d);
    if (b) {
        CHECK_INT(b->trade_count, 2);
        CHECK_INT(b->trades[0].entry_bar, 1); CHECK_INT(b->trades[0].exit_bar, 1); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP);
        CHECK_INT(b->trades[1].entry_bar, 2); CHECK_INT(b->trades[1].reason, LSTMFC_EXIT_END);
    }
    lstmfc_backtest_free(b);
    /* an order that was not given does not enter again at the gap that stopped the trade */
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 102, 99, 100); bar(&m, 80, 82, 79, 81); bar(&m, 90, 91, 89, 90);
    b = run(&m, once, &d);
    if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[1].entry_bar, 3); CHECK(b->position[2] == 0); }
    lstmfc_backtest_free(b);
    /* a stop nearer than the slippage: filled at the open, never better than the market */
    d.stop = 0.001; d.take = LSTMFC_NONE;
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].exit_bar, 1); CHECK_NEAR(b->trades[0].exit_price, 100 * 0.99, 1e-15); }
    lstmfc_backtest_free(b);
    /* short: mirrored */
    d = free_desc(); d.stop = 0.05; d.take = 0.1; keep[0] = -1;
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 104, 95, 100); bar(&m, 100, 106, 80, 82); bar(&m, 80, 81, 79, 80);
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK_NEAR(b->trades[0].exit_price, 105, 1e-15); CHECK_NEAR(b->trades[0].mfe, 0.05, 1e-13); }
    lstmfc_backtest_free(b);
    d.stop = LSTMFC_NONE;
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE); CHECK_NEAR(b->trades[0].exit_price, 90, 1e-15); CHECK_NEAR(b->worst[2], 940, 1e-14); }
    lstmfc_backtest_free(b);
}

TEST(trailing) {
    market m;
    double keep[5];
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    size_t i;
    for (i = 0; i < 5; i++) keep[i] = i ? lstmfc_nan() : 1;
    d.trail = 0.1;
    /* bar 2: high 130 would put the trail at 117, and the low is 112. It must not be known inside the bar: not stopped. Bar 3: it is. */
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 110, 99, 108); bar(&m, 115, 130, 112, 128); bar(&m, 125, 126, 110, 112); bar(&m, 112, 112, 112, 112);
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TRAIL); CHECK_INT(b->trades[0].exit_bar, 3); CHECK_NEAR(b->trades[0].exit_price, 117, 1e-14); }
    lstmfc_backtest_free(b);
    d.stop = 0.02;      /* the nearer of the two */
    m.low[1] = 98;
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK_INT(b->trades[0].exit_bar, 1); }
    lstmfc_backtest_free(b);
    /* short: the trail follows the low down */
    d = free_desc(); d.trail = 0.1; keep[0] = -1;
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 101, 80, 82); bar(&m, 82, 87, 81, 86); bar(&m, 86, 90, 85, 89); bar(&m, 89, 89, 89, 89);
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TRAIL); CHECK_INT(b->trades[0].exit_bar, 3); CHECK_NEAR(b->trades[0].exit_price, 88, 1e-14); }
    lstmfc_backtest_free(b);
}

TEST(ruin) {
    market m;
    static const double targets[5] = {-1, -1, -1, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 120, 99, 110); bar(&m, 120, 260, 118, 150); bar(&m, 150, 160, 140, 150); bar(&m, 150, 400, 150, 400);
    d.fee = 0.001; d.slippage = 0.0002;
    b = run(&m, targets, &d);
    if (b) {
        CHECK(b->ruined);
        CHECK_INT(b->trade_count, 1);
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_RUIN); CHECK_INT(b->trades[0].exit_bar, 2);
        CHECK_CLOSE(b->equity[2], 0, 0, 1e-9);
        CHECK_NEAR(b->equity[4], b->equity[2], 0);      /* no second life */
        CHECK(b->metrics.max_drawdown < -0.999 && lstmfc_is_nan(b->metrics.break_even) && b->metrics.cagr < -0.99 && !b->pays_costs);
    }
    lstmfc_backtest_free(b);
    {   int32_t i;
        for (i = 1; i <= 50; i++) {                     /* whatever rounding leaves of the cash is not traded on */
            d.fee = 0.001 * i;
            b = run(&m, targets, &d);
            if (b) { CHECK(b->ruined); CHECK_INT(b->trade_count, 1); }
            lstmfc_backtest_free(b);
        }
        d.stop = 0.99;                                  /* a stop beyond the price at which nothing is left */
        b = run(&m, targets, &d);
        if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_RUIN);
        lstmfc_backtest_free(b);
        d.stop = 0.5;                                   /* and one before it */
        b = run(&m, targets, &d);
        if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP);
        lstmfc_backtest_free(b);
        d.stop = 0; d.fee = 0.001;
    }
    m.open[2] = 300; m.high[2] = 310;                   /* over the gap: a debt, said as it is */
    b = run(&m, targets, &d);
    if (b) { CHECK(b->ruined && b->equity[4] < -900); CHECK_NEAR(b->metrics.cagr, -1, 0); CHECK(b->metrics.worst_bar < -1); }
    lstmfc_backtest_free(b);
}

TEST(same_close) {
    market m;
    static const double targets[3] = {1, 0, 0};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    d.fill = LSTMFC_FILL_SAME_CLOSE; d.fee = 0.001;
    market_start(&m);
    bar(&m, 100, 106, 99, 105); bar(&m, 110, 118, 100, 115); bar(&m, 120, 127, 113, 125);
    b = run(&m, targets, &d);
    if (b) {
        CHECK(b->cheat);
        CHECK_INT(b->trades[0].entry_bar, 0); CHECK_INT(b->trades[0].exit_bar, 1);
        CHECK_NEAR(b->trades[0].entry_price, 105, 0); CHECK_NEAR(b->trades[0].exit_price, 115, 0);
        CHECK_NEAR(b->equity[0], 1000 / 1.001, 1e-14);
        CHECK_NEAR(b->equity[2], 1000 / 1.001 / 105 * 115 * 0.999, 1e-14);
        CHECK_NEAR(b->metrics.max_drawdown, 1 / 1.001 - 1, 1e-11);          /* the starting balance is a peak */
        CHECK_NEAR(b->metrics.best_bar, b->equity[1] / 1000 - 1, 1e-13);     /* the entry fee belongs to the first return */
    }
    lstmfc_backtest_free(b);
    m.candles.open = m.candles.high = m.candles.low = NULL;     /* closes alone */
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->equity[2], 1000 / 1.001 / 105 * 115 * 0.999, 1e-14);
    lstmfc_backtest_free(b);
}

/* Equity 1000, 1100, 990, 1045, 1210, 1089 by a long position at open = last close: metrics by hand. */
TEST(metrics) {
    market m;
    static const double targets[6] = {1, 1, 1, 1, 1, 1};
    static const double close[6] = {100, 110, 99, 104.5, 121, 108.9};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    double r[5], mean = 0, sd = 0, down = 0, years;
    size_t i;
    market_start(&m);
    for (i = 0; i < 6; i++) { double o = i ? close[i - 1] : 100; bar(&m, o, o > close[i] ? o : close[i], (o < close[i] ? o : close[i]) - (i == 3 ? 9 : 0), close[i]); m.time[i] = (int64_t)i * 24 * HOUR; }
    b = run(&m, targets, &d);
    if (!b) return;
    for (i = 1; i < 6; i++) { r[i - 1] = close[i] / close[i - 1] - 1; mean += r[i - 1] / 5; }
    for (i = 0; i < 5; i++) { sd += (r[i] - mean) * (r[i] - mean) / 4; if (r[i] < 0) down += r[i] * r[i] / 5; }
    sd = sqrt(sd);
    years = 5 / 365.25;
    CHECK_NEAR(b->metrics.annual, 365.25, 1e-14);
    CHECK_NEAR(b->metrics.sharpe, mean / sd * sqrt(365.25), 1e-12);
    CHECK_NEAR(b->metrics.volatility, sd * sqrt(365.25), 1e-12);
    CHECK_NEAR(b->metrics.sortino, mean / sqrt(down) * sqrt(365.25), 1e-12);
    CHECK_NEAR(b->metrics.cagr, pow(1.089, 1 / years) - 1, 1e-12);
    CHECK_NEAR(b->metrics.max_drawdown, -0.1, 1e-12);
    CHECK_NEAR(b->metrics.max_drawdown_intrabar, 90.0 / 110 - 1, 1e-12);
    CHECK_NEAR(b->metrics.calmar, b->metrics.cagr / 0.1, 1e-11);
    CHECK_NEAR(b->metrics.drawdown_bars, 3, 0);         /* peak at 1, above it again at 4 */
    CHECK(b->metrics.drawdown_open == 0);
    CHECK_NEAR(b->metrics.average_drawdown, (-0.1 - 0.05 - 0.1) / 6, 1e-12);
    CHECK_NEAR(b->metrics.ulcer, sqrt((0.01 + 0.0025 + 0.01) / 6), 1e-12);
    CHECK_NEAR(b->metrics.omega, (r[0] + r[2] + r[3]) / -(r[1] + r[4]), 1e-12);
    CHECK_NEAR(b->metrics.best_bar, r[3], 1e-13);
    CHECK_NEAR(b->metrics.worst_bar, r[1], 1e-13);
    CHECK_NEAR(b->metrics.sharpe_daily, b->metrics.sharpe, 1e-12);
    CHECK_NEAR(b->metrics.turnover, 2, 1e-14);
    CHECK_NEAR(b->metrics.break_even, 1e4 * tanh(log(1.089) / 2), 1e-10);
    CHECK_NEAR(b->metrics.profit_factor, HUGE_VAL, 0);
    CHECK_NEAR(b->metrics.kelly, 1, 0);
    CHECK(lstmfc_is_nan(b->metrics.sqn) && lstmfc_is_nan(b->metrics.expectancy_r));
    lstmfc_backtest_free(b);
}

TEST(trade_metrics) {
    market m;
    static const double targets[9] = {1, 0, 1, 0, 1, 0, 1, 0, 0};
    static const double change[4] = {1.1, 0.95, 0.98, 1.2};     /* four trades of one bar each */
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    double pnl[4], equity = 1000, won = 0, lost = 0, mean = 0.23 / 4, sd = 0;
    size_t i;
    market_start(&m);
    for (i = 0; i < 9; i++) { double o = i && i % 2 == 0 ? 100 * change[i / 2 - 1] : 100; bar(&m, o, o + 1, o - 1, o); }
    b = run(&m, targets, &d);
    if (!b) return;
    for (i = 0; i < 4; i++) { pnl[i] = equity * (change[i] - 1); equity += pnl[i]; if (pnl[i] > 0) won += pnl[i]; else lost -= pnl[i]; sd += (change[i] - 1 - mean) * (change[i] - 1 - mean) / 3; }
    CHECK_INT(b->trade_count, 4);
    for (i = 0; i < 4; i++) CHECK_NEAR(b->trades[i].pnl, pnl[i], 1e-12);
    CHECK_NEAR(b->metrics.win_rate, 0.5, 0);
    CHECK_NEAR(b->metrics.profit_factor, won / lost, 1e-12);
    CHECK_NEAR(b->metrics.expectancy, (won - lost) / 4, 1e-12);
    CHECK_NEAR(b->metrics.average_trade, mean, 1e-12);
    CHECK_NEAR(b->metrics.best_trade, 0.2, 1e-12);
    CHECK_NEAR(b->metrics.worst_trade, -0.05, 1e-12);
    CHECK_NEAR(b->metrics.sqn, 2 * mean / sqrt(sd), 1e-12);
    CHECK_NEAR(b->metrics.sqn_raw, 2 * mean / sqrt(sd), 1e-12);
    CHECK_NEAR(b->metrics.kelly, 0.5 - 0.5 / (0.15 / 0.035), 1e-12);
    CHECK_NEAR(b->metrics.half_kelly, b->metrics.kelly / 2, 0);
    CHECK(b->metrics.win_streak == 1 && b->metrics.loss_streak == 2 && b->metrics.average_bars == 1);
    lstmfc_backtest_free(b);
}

/* Two trades that both end at a take of 10 %, by prices that no binary fraction holds: their returns differ by rounding, which is no
   deviation. An account that grows by the same rate for ever likewise has no risk that one could divide by. */
TEST(deviation_of_rounding) {
    market m;
    static const double targets[6] = {1, 0, 1, 0, 0, 0}, always[6] = {1, 1, 1, 1, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    size_t i;
    d.take = 0.1;
    market_start(&m);
    bar(&m, 2.3, 2.3, 2.3, 2.3); bar(&m, 2.3, 2.6, 2.3, 2.5); bar(&m, 0.7, 0.7, 0.7, 0.7);
    bar(&m, 0.7, 0.79, 0.7, 0.75); bar(&m, 0.7, 0.7, 0.7, 0.7); bar(&m, 0.7, 0.7, 0.7, 0.7);
    for (i = 0; i < 2; i++) {
        b = run(&m, targets, &d);
        if (b) {
            CHECK(b->trade_count == 2 && b->trades[0].reason == LSTMFC_EXIT_TAKE && b->trades[1].reason == LSTMFC_EXIT_TAKE);
            CHECK_NEAR(b->metrics.average_trade, 0.1, 1e-15);
            CHECK(lstmfc_is_nan(b->metrics.sqn) && lstmfc_is_nan(b->metrics.sqn_raw));
            if (i) CHECK_NEAR(b->metrics.expectancy_r, 200, 1e-14);
        }
        lstmfc_backtest_free(b);
        d.stop = 0.0005;                                /* in units of a narrow stop the rounding is 2,000 times as large */
    }
    d.stop = d.take = 0;
    market_start(&m);
    for (i = 0; i < 6; i++) { double o = 100 * pow(1.07, (double)i); bar(&m, o, o, o, o); }
    b = run(&m, always, &d);
    if (b) {
        CHECK(lstmfc_is_nan(b->metrics.sortino) && lstmfc_is_nan(b->metrics.calmar) && b->metrics.max_drawdown == 0 && b->metrics.ulcer == 0);
        CHECK(lstmfc_is_nan(b->metrics.information_ratio) && b->metrics.drawdown_bars == 0);
    }
    lstmfc_backtest_free(b);
    m.candles.time++; m.candles.open++; m.candles.high++; m.candles.low++; m.candles.close++; m.candles.count--;
    d.fill = LSTMFC_FILL_SAME_CLOSE;                    /* invested from the first bar on: every return is 7 % */
    b = run(&m, always, &d);
    if (b) {
        CHECK_NEAR(b->metrics.best_bar, 0.07, 1e-14);
        CHECK(lstmfc_is_nan(b->metrics.sharpe) && lstmfc_is_nan(b->metrics.sharpe_se) && lstmfc_is_nan(b->metrics.sharpe_lo)
              && lstmfc_is_nan(b->metrics.beta) && b->metrics.volatility == 0);
    }
    lstmfc_backtest_free(b);
}

/* Sold and bought again at the price of a bar that stands still, the strategy is buy and hold: by how much they differ is
   rounding, that of returns of 99,900 %. */
TEST(held_with_a_pause) {
    static const double targets[12] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1};
    int32_t round, differ = 0;
    for (round = 1; round < 200; round++) {
        lstmfc_backtest_desc d = free_desc();
        lstmfc_backtest *b;
        market m;
        double price = 0.07 * (double)round;
        size_t t;
        market_start(&m);
        for (t = 0; t < 12; t++) {
            if (t > 1 && t % 3 == 2) price *= 1000;
            bar(&m, price, price, price, price);
        }
        b = run(&m, targets, &d);
        if (!b) return;
        for (t = 0; t < 12; t++) differ += b->equity[t] < b->hold[t] || b->equity[t] > b->hold[t];
        CHECK(b->trade_count == 4 && lstmfc_is_nan(b->metrics.information_ratio));
        CHECK_NEAR(b->metrics.beta, 1, 1e-14);
        lstmfc_backtest_free(b);
    }
    CHECK(differ > 0);
}

/* A market that stands still, at prices that no binary fraction holds: what buying and selling at no cost leaves in the
   account differs from what it was by rounding, which is no gain, no loss and no drawdown. */
TEST(nothing_returned) {
    lstmfc_rng rng;
    int32_t round, rounded = 0, nearly = 0;
    lstmfc_rng_seed(&rng, 33);
    for (round = 0; round < 500; round++) {
        market m;
        double targets[8], price = (double)(1 + lstmfc_rng_below(&rng, 100000)) * 0.01;
        lstmfc_backtest_desc d = free_desc();
        lstmfc_backtest *b;
        size_t t;
        market_start(&m);
        for (t = 0; t < 8; t++) {
            targets[t] = ((double)lstmfc_rng_below(&rng, 21) - 10) / 10;
            bar(&m, price, price, price, price);
        }
        b = run(&m, targets, &d);
        if (!b) return;
        for (t = 0; t < 8; t++) rounded += b->equity[t] < d.balance || b->equity[t] > d.balance;
        CHECK(b->metrics.best_bar == 0 && b->metrics.worst_bar == 0 && b->metrics.value_at_risk == 0);
        CHECK(lstmfc_is_nan(b->metrics.omega));
        CHECK(b->metrics.max_drawdown == 0 && b->metrics.drawdown_bars == 0 && lstmfc_is_nan(b->metrics.calmar));
        CHECK(lstmfc_is_nan(b->metrics.profit_factor) && b->metrics.win_streak == 0 && b->metrics.loss_streak == 0);
        lstmfc_backtest_free(b);
    }
    for (round = 1; round < 500; round++) {             /* 2 a unit won between 99 and 101, and paid at 1 % a side */
        static const double targets[5] = {1, 0, -1, 0, 0};
        double low = 99 * (double)round * 0.01, high = 101 * (double)round * 0.01;
        market m;
        lstmfc_backtest_desc d = free_desc();
        lstmfc_backtest *b;
        size_t i;
        d.fee = 0.01;
        market_start(&m);
        bar(&m, low, low, low, low); bar(&m, low, low, low, low); bar(&m, high, high, high, high);
        bar(&m, high, high, high, high); bar(&m, low, low, low, low);
        b = run(&m, targets, &d);
        if (!b) return;
        CHECK_INT(b->trade_count, 2);
        for (i = 0; i < b->trade_count; i++) nearly += b->trades[i].pnl < 0 || b->trades[i].pnl > 0;
        CHECK(b->metrics.win_rate == 0 && b->metrics.win_streak == 0 && b->metrics.loss_streak == 0);
        CHECK(lstmfc_is_nan(b->metrics.profit_factor) && lstmfc_is_nan(b->metrics.kelly));
        lstmfc_backtest_free(b);
    }
    CHECK(rounded > 100 && nearly > 100);               /* so the figures above had something to see through */
}

/* Bars per year are counted over whole weeks: 7 hourly bars on five days are 35 a week, and 35 * 365.25 / 7 = 1826.25 a year. */
TEST(bars_per_year) {
    static int64_t time[3000];
    static double open[3000], close[3000], targets[3000];
    lstmfc_candles candles;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest *b;
    lstmfc_rng rng;
    int32_t start;
    size_t t, n;
    lstmfc_rng_seed(&rng, 4);
    memset(&candles, 0, sizeof candles);
    candles.time = time; candles.open = open; candles.close = close;
    for (t = 0; t < 3000; t++) { open[t] = t ? close[t - 1] : 100; close[t] = open[t] * lstmfc_exp(0.01 * lstmfc_rng_normal(&rng)); targets[t] = 1; }
    for (start = 0; start < 35; start++) {              /* the data may begin in any hour of any weekday */
        double daily[700], mean = 0, sd = 0, last = 0;
        size_t days = 0, i;
        for (n = 0, t = (size_t)start; n < 700; n++, t++)
            time[n] = ((int64_t)(t / 35 * 7 + t % 35 / 7) * 24 + 14 + (int64_t)(t % 7)) * HOUR + 1640995200000 + 48 * HOUR;     /* Monday */
        candles.count = n;
        b = lstmfc_backtest_run(&candles, targets, n, &d, &err);
        if (!CHECK(b != NULL)) return;
        CHECK_NEAR(b->metrics.annual, 1826.25, 1e-15);
        CHECK(b->annual_weeks == 19 || b->annual_weeks == 20);      /* from a Monday to a Friday evening is no whole week */
        CHECK_NEAR(b->hold_metrics.annual, 1826.25, 1e-15);
        for (t = 0; t < n; t++) {                       /* the daily Sharpe: 5 days a week, 260.9 a year */
            if (t + 1 < n && time[t] / 86400000 == time[t + 1] / 86400000) continue;
            if (last > 0) daily[days++] = b->equity[t] / last - 1;
            last = b->equity[t];
        }
        for (i = 0; i < days; i++) mean += daily[i] / (double)days;
        for (i = 0; i < days; i++) sd += (daily[i] - mean) * (daily[i] - mean) / (double)(days - 1);
        CHECK_NEAR(b->metrics.sharpe_daily, mean / sqrt(sd) * sqrt(5 * 365.25 / 7), 1e-9);
        lstmfc_backtest_free(b);
    }
    for (start = 0; start < 25; start++) {              /* round the clock, whatever the hour of the first bar */
        for (t = 0; t < 1000; t++) time[t] = ((int64_t)t + start) * HOUR;
        candles.count = 1000;
        b = lstmfc_backtest_run(&candles, targets, 1000, &d, &err);
        if (!CHECK(b != NULL)) return;
        CHECK_NEAR(b->metrics.annual, 8766, 1e-15);
        CHECK_INT(b->annual_weeks, 5);
        lstmfc_backtest_free(b);
    }
    /* ten of a day's hours are missing in one of the 5 weeks: they are no bars */
    for (t = 0; t < 900; t++) time[t] = ((int64_t)t + (t >= 700 ? 10 : 0)) * HOUR;
    candles.count = 900;
    b = lstmfc_backtest_run(&candles, targets, 900, &d, &err);
    if (b) CHECK_NEAR(b->metrics.annual, (5 * 168 - 10) * 365.25 / 35, 1e-14);
    lstmfc_backtest_free(b);
    candles.count = 167;                                /* less than a week: the median bar */
    b = lstmfc_backtest_run(&candles, targets, 167, &d, &err);
    if (b) { CHECK_INT(b->annual_weeks, 0); CHECK_NEAR(b->metrics.annual, 8766, 1e-15); }
    lstmfc_backtest_free(b);
    d.annual = 252;
    b = lstmfc_backtest_run(&candles, targets, 167, &d, &err);
    if (b) { CHECK_INT(b->annual_weeks, -1); CHECK_NEAR(b->metrics.annual, 252, 0); }
    lstmfc_backtest_free(b);
}

/* Of daily bars the daily Sharpe is the Sharpe, also over the days after a short has eaten the account: they returned nothing, and
   leaving them out made the loss of one day weigh more the longer the series went on. */
TEST(days_after_ruin) {
    market m;
    double targets[MAX_BARS];
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    int32_t round;
    size_t t;
    for (t = 0; t < MAX_BARS; t++) targets[t] = -1;
    for (round = 0; round < 3; round++) {               /* survived; bought back at the level of ruin; at a gap beyond it */
        market_start(&m);
        for (t = 0; t < 40; t++) {
            double o = t < 20 ? 100 - (double)(t % 3) : round == 0 ? 101 : 250, from = t == 20 && round == 1 ? 100 : o;
            bar(&m, from, from > o ? from : o, from < o ? from : o, o);
            m.time[t] = (int64_t)t * 24 * HOUR;
        }
        b = run(&m, targets, &d);
        if (!b) return;
        CHECK_INT(b->ruined, round > 0);
        CHECK_NEAR(b->metrics.annual, 365.25, 1e-15);
        CHECK_NEAR(b->metrics.sharpe_daily, b->metrics.sharpe, 1e-12);
        lstmfc_backtest_free(b);
        d.annual = 252;                                 /* a day has at least one bar: no more days a year than bars */
        b = run(&m, targets, &d);
        if (b) CHECK_NEAR(b->metrics.sharpe_daily, b->metrics.sharpe, 1e-12);
        lstmfc_backtest_free(b);
        d.annual = 0;
    }
}

/* -- levels in whole ticks ---------------------------------------------------------------------------------------- */

/* The example: 2.48 less 25 % is 1.86, and 1.8599999999999999 in binary. Every level and side; the fill is the price, exactly. */
TEST(touched_is_hit) {
    market m;
    double keep[3] = {1, 0, 0};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    keep[1] = keep[2] = lstmfc_nan();
    d.stop = 0.25;
    market_start(&m);
    bar(&m, 2.48, 2.48, 2.48, 2.48); bar(&m, 2.48, 2.5, 2.2, 2.3); bar(&m, 2.3, 2.4, 1.86, 2.0);
    b = run(&m, keep, &d);
    if (b) {
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP);
        CHECK(b->trades[0].exit_price == 1.86);
        CHECK_NEAR(b->trades[0].net_return, -0.25, 1e-15);
    }
    lstmfc_backtest_free(b);
    m.open[2] = 1.86;                                   /* the gap that ends on the level */
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK(b->trades[0].exit_price == 1.86); }
    lstmfc_backtest_free(b);
    m.open[2] = 2.3; m.low[2] = 1.87;                   /* one tick above it: not touched */
    b = run(&m, keep, &d);
    if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_END);
    lstmfc_backtest_free(b);
}

/* One bar that just touches a level of whole ticks, or ends one tick before it: hit at exactly the price of the tick, or not at all. */
TEST(every_touch) {
    static const int64_t percent[8] = {1, 2, 4, 5, 10, 20, 25, 50};
    static const double unit[6] = {100, 10000, 20, 1e8, 10, 2}, tick[6] = {0.01, 0.0001, 0.05, 1e-8, 0.1, 0.5};
    lstmfc_rng rng;
    int32_t round, touched[3] = {0, 0, 0}, missed[3] = {0, 0, 0}, early[3] = {0, 0, 0};
    lstmfc_rng_seed(&rng, 248);
    for (round = 0; round < 20000; round++) {
        market m;
        double keep[3];
        lstmfc_backtest_desc d = free_desc();
        lstmfc_backtest *b;
        int scale = (int)lstmfc_rng_below(&rng, 6), kind = (int)lstmfc_rng_below(&rng, 3), side = lstmfc_rng_below(&rng, 2) ? 1 : -1;
        int near_miss = lstmfc_rng_below(&rng, 4) == 0, twice = (int)lstmfc_rng_below(&rng, 2);
        int64_t p = percent[lstmfc_rng_below(&rng, 8)], entry = 100 / p * (1 + (int64_t)lstmfc_rng_below(&rng, 10000)), level;
        double at, from;
        if (100 % p) entry = 100 * (1 + (int64_t)lstmfc_rng_below(&rng, 100));
        level = entry + (kind == 1 ? side : -side) * entry * p / 100;
        if (near_miss) level += level > entry ? -1 : 1;
        at = twice ? (double)level / unit[scale] : (double)level * tick[scale];
        from = twice ? (double)entry / unit[scale] : (double)entry * tick[scale];
        *(kind == 0 ? &d.stop : kind == 1 ? &d.take : &d.trail) = (double)p / 100;
        keep[0] = side; keep[1] = keep[2] = lstmfc_nan();
        market_start(&m);
        bar(&m, from, from, from, from); bar(&m, from, from, from, from);
        bar(&m, from, at > from ? at : from, at < from ? at : from, from);
        b = run(&m, keep, &d);
        if (!b) return;
        if (near_miss) early[kind] += b->trades[0].reason != LSTMFC_EXIT_END;
        else {
            touched[kind]++;
            missed[kind] += b->trades[0].reason != (kind == 0 ? LSTMFC_EXIT_STOP : kind == 1 ? LSTMFC_EXIT_TAKE : LSTMFC_EXIT_TRAIL)
                         || fabs(b->trades[0].exit_price - at) > 4e-16 * at
                         || b->trades[0].exit_price < m.low[2] || b->trades[0].exit_price > m.high[2];
        }
        lstmfc_backtest_free(b);
    }
    printf("touched %d stops, %d takes, %d trails; missed %d, %d, %d; hit a tick early %d, %d, %d\n", touched[0], touched[1], touched[2],
           missed[0], missed[1], missed[2], early[0], early[1], early[2]);
    CHECK(touched[0] > 4000 && touched[1] > 4000 && touched[2] > 4000);
    CHECK(!missed[0] && !missed[1] && !missed[2] && !early[0] && !early[1] && !early[2]);
}

/* What integers say: prices in ticks, stop, take and trail in thousandths, so that every level is a whole number of thousandths of
   a tick. One position of the full account at a time, no costs. Fills trades [][4]: entry bar, exit bar, reason, exit price in
   thousandths of a tick; returns their number. */
static size_t in_ticks(size_t n, int64_t (*bars)[4], const double *targets, int64_t stop, int64_t take, int64_t trail, int reenter,
                       int64_t (*trades)[4]) {
    int64_t side = 0, entry = 0, best = 0, in = 0, order = 0;
    int asked = 0, out = 0, want = 0, dead = 0;
    size_t t, count = 0;
    for (t = 0; t < n; t++) {
        int64_t o = bars[t][0], h = bars[t][1], l = bars[t][2], at = -1, reason = 0, touch;
        int again;
        for (again = 0; again < 2; again++) {           /* at the open, then inside the bar */
            if (side) {
                int64_t levels[3], names[3] = {LSTMFC_EXIT_RUIN, LSTMFC_EXIT_STOP, LSTMFC_EXIT_TRAIL}, first = -1;
                int k;
                levels[0] = side < 0 ? 2000 * entry : -1;
                levels[1] = stop ? entry * (1000 - side * stop) : -1;
                levels[2] = trail ? best * (1000 - side * trail) : -1;
                touch = 1000 * (again ? side > 0 ? l : h : o);
                for (k = 0; k < 3; k++)
                    if (levels[k] >= 0 && (first < 0 || side * (levels[k] - first) > 0)) { first = levels[k]; reason = names[k]; }
                if (first >= 0 && side * (touch - first) <= 0) at = again && side * (1000 * o - first) >= 0 ? first : 1000 * o;
                touch = 1000 * (again ? side > 0 ? h : l : o);
                first = entry * (1000 + side * take);
                if (at < 0 && take && side * (touch - first) >= 0) { at = again ? first : 1000 * o; reason = LSTMFC_EXIT_TAKE; }
                if (at >= 0) {
                    trades[count][0] = in; trades[count][1] = (int64_t)t; trades[count][2] = reason; trades[count++][3] = at;
                    side = 0; out = !reenter; at = -1;
                    if (reason == LSTMFC_EXIT_RUIN) dead = 1;
                }
            }
            if (!again && asked) {
                if (side) {
                    trades[count][0] = in; trades[count][1] = (int64_t)t; trades[count][2] = LSTMFC_EXIT_SIGNAL; trades[count++][3] = 1000 * o;
                }
                side = dead ? 0 : order; entry = best = o; in = (int64_t)t;
                asked = 0;
                if (side) out = 0;
            }
        }
        if (side > 0 && h > best) best = h;
        if (side < 0 && l < best) best = l;
        if (!lstmfc_is_nan(targets[t])) {
            order = targets[t] > 0 ? 1 : targets[t] < 0 ? -1 : 0;
            if (order != want) out = 0;
            want = (int)order;
            asked = order != side && !out;
        }
    }
    if (side) { trades[count][0] = in; trades[count][1] = (int64_t)n - 1; trades[count][2] = LSTMFC_EXIT_END; trades[count++][3] = 1000 * bars[n - 1][3]; }
    return count;
}

/* Decimal prices against the same prices in ticks, where comparisons are exact: every trade must be the same one. Entries are
   chosen so that most levels are whole ticks, and bars are a few ticks long, so that a level is often just touched. */
TEST(levels_in_ticks) {
    static const double tick[6] = {0.01, 0.0001, 0.05, 1e-8, 0.1, 0.5};
    static const double per_unit[6] = {100, 10000, 20, 1e8, 10, 2};
    lstmfc_rng rng;
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 1000 : 6000, mismatches = 0, exact = 0, reasons[6] = {0, 0, 0, 0, 0, 0};
    lstmfc_rng_seed(&rng, 186);
    for (round = 0; round < rounds; round++) {
        static const int64_t shares[8] = {0, 5, 10, 20, 25, 50, 100, 250};
        market m;
        int64_t bars[MAX_BARS][4], trades[MAX_BARS][4], price, stop, take, trail;
        double targets[MAX_BARS], unit;
        lstmfc_backtest_desc d = free_desc();
        lstmfc_backtest *b;
        size_t t, i, count;
        int scale = (int)lstmfc_rng_below(&rng, 6), k;
        price = 40 + 4 * (int64_t)lstmfc_rng_below(&rng, 400);
        stop = shares[lstmfc_rng_below(&rng, 8)]; take = shares[lstmfc_rng_below(&rng, 8)]; trail = shares[lstmfc_rng_below(&rng, 8)];
        unit = per_unit[scale];
        market_start(&m);
        for (t = 0; t < MAX_BARS; t++) {
            int64_t reach = 1 + price / 20;
            int64_t *b4 = bars[t];
            b4[0] = price + (int64_t)lstmfc_rng_below(&rng, 3) - 1;
            b4[3] = b4[0] + (int64_t)lstmfc_rng_below(&rng, (uint64_t)(2 * reach + 1)) - reach;
            if (b4[0] < 20) b4[0] = 20;
            if (b4[3] < 20) b4[3] = 20;
            b4[1] = (b4[0] > b4[3] ? b4[0] : b4[3]) + (int64_t)lstmfc_rng_below(&rng, (uint64_t)(reach + 1));
            b4[2] = (b4[0] < b4[3] ? b4[0] : b4[3]) - (int64_t)lstmfc_rng_below(&rng, (uint64_t)(reach + 1));
            if (b4[2] < 1) b4[2] = 1;
            price = b4[3];
            bar(&m, 0, 0, 0, 0);
            for (k = 0; k < 4; k++) {
                double decimal = lstmfc_rng_below(&rng, 2) ? (double)b4[k] / unit : (double)b4[k] * tick[scale];    /* two paths to a price */
                double *column[4];
                column[0] = m.open; column[1] = m.high; column[2] = m.low; column[3] = m.close;
                column[k][t] = decimal;
            }
            switch (lstmfc_rng_below(&rng, 8)) {
            case 0: targets[t] = 1; break;
            case 1: targets[t] = -1; break;
            case 2: targets[t] = 0; break;
            case 3: targets[t] = lstmfc_nan(); break;
            default: targets[t] = t ? targets[t - 1] : 1;
            }
        }
        d.stop = stop ? (double)stop / 1000 : LSTMFC_NONE;
        d.take = take ? (double)take / 1000 : LSTMFC_NONE;
        d.trail = trail ? (double)trail / 1000 : LSTMFC_NONE;
        d.reenter = (int32_t)lstmfc_rng_below(&rng, 2);
        count = in_ticks(m.candles.count, bars, targets, stop, take, trail, d.reenter, trades);
        b = run(&m, targets, &d);
        if (!b) return;
        for (i = 0; i < count && i < b->trade_count; i++) {
            const lstmfc_trade *trade = &b->trades[i];
            if (trade->entry_bar != trades[i][0] || trade->exit_bar != trades[i][1] || trade->reason != (int32_t)trades[i][2]
                || fabs(trade->exit_price * unit * 1000 - (double)trades[i][3]) > 1e-12 * (double)trades[i][3]) break;
            reasons[trade->reason]++;
            if (trade->reason != LSTMFC_EXIT_END && trades[i][3] % 1000 == 0) exact++;
        }
        if (i < count || count != b->trade_count) mismatches++;
        lstmfc_backtest_free(b);
    }
    CHECK_INT(mismatches, 0);
    for (round = 0; round < LSTMFC_EXIT_END; round++) CHECK(reasons[round] > rounds / 10);
    CHECK(exact > rounds);
    if (mismatches) printf("    %d of %d markets differ from whole ticks\n", mismatches, rounds);
}

/* -- sizes -------------------------------------------------------------------------------------------------------- */

/* 0.2 of the account, then all of it, then half, by hand; fee 0.1 %, slippage 1 %. */
TEST(resizing) {
    market m;
    static const double targets[6] = {0.2, 0.2, 1, 1, 0.5, 0.5};
    static const double o[6] = {100, 100, 105, 110, 120, 130};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    double cash = 1000, q, more, less, fill, entry, fees, sold;
    size_t t;
    d.fee = 0.001; d.slippage = 0.01;
    market_start(&m);
    for (t = 0; t < 6; t++) bar(&m, o[t], o[t], o[t], o[t]);
    b = run(&m, targets, &d);
    if (!b) return;
    fill = 100 * 1.01; q = 200 / (fill * 1.001); cash -= q * fill * 1.001; fees = q * fill * 0.001; entry = fill;
    CHECK_NEAR(b->equity[1], cash + q * 100, 1e-14);
    CHECK_NEAR(b->equity[2], cash + q * 105, 1e-14);    /* 0.2 again: no order, though the share has drifted */
    fill = 110 * 1.01; more = (cash + q * 110) / (fill * 1.001) - q;
    cash -= more * fill * 1.001; fees += more * fill * 0.001; entry = (entry * q + fill * more) / (q + more); q += more;
    CHECK(cash >= 0);                                   /* a full position never borrows */
    CHECK_NEAR(b->equity[3], cash + q * 110, 1e-14);
    CHECK_CLOSE(b->equity[3] - b->position[3] * b->equity[3], cash, 0, 1e-10);
    CHECK_NEAR(b->equity[4], cash + q * 120, 1e-14);
    fill = 130 * 0.99; less = q - 0.5 * (cash + q * 130) / (130 * 1.01 * 1.001);
    sold = less * fill; cash += sold * 0.999; fees += sold * 0.001; q -= less;
    fill = 130 * 0.99; sold += q * fill; cash += q * fill * 0.999; fees += q * fill * 0.001;       /* the end */
    CHECK_NEAR(b->equity[5], cash, 1e-14);
    CHECK_INT(b->trade_count, 1);
    CHECK_INT(b->trades[0].resizes, 2);
    CHECK_NEAR(b->trades[0].quantity, q + less, 1e-14);
    CHECK_NEAR(b->trades[0].entry_price, entry, 1e-14);
    CHECK_NEAR(b->trades[0].exit_price, sold / (q + less), 1e-14);
    CHECK_NEAR(b->trades[0].entry_fee + b->trades[0].exit_fee, fees, 1e-13);
    CHECK_NEAR(b->trades[0].pnl, cash - 1000, 1e-12);
    CHECK_NEAR(b->trades[0].net_return, b->trades[0].pnl / ((q + less) * entry), 1e-12);
    lstmfc_backtest_free(b);
    d.resize = LSTMFC_RESIZE_NO;
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trades[0].resizes, 0); CHECK_NEAR(b->trades[0].quantity, 200 / (101 * 1.001), 1e-14); }
    lstmfc_backtest_free(b);
    /* levels count from the mean price of the units held: 0.5 at 100, the rest at 110, so the mean is just under 105 */
    d = free_desc(); d.stop = 0.1;
    {   static const double half[4] = {0.5, 1, 1, 1};
        market_start(&m);
        bar(&m, 100, 100, 100, 100); bar(&m, 100, 111, 100, 110); bar(&m, 110, 111, 94.4, 100); bar(&m, 100, 101, 90, 95);
        b = run(&m, half, &d);
        if (b) {
            entry = (5 * 100 + (1050 / 110.0 - 5) * 110) / (1050 / 110.0);
            CHECK_NEAR(b->trades[0].entry_price, entry, 1e-14);
            CHECK_INT(b->trades[0].exit_bar, 3);        /* 94.4 is above 90 % of the mean, 94.29 */
            CHECK_NEAR(b->trades[0].exit_price, 0.9 * entry, 1e-14);
            CHECK_NEAR(b->trades[0].r, -1, 1e-13);
        }
        lstmfc_backtest_free(b);
        m.open[2] = 89; m.low[2] = 88;                  /* the gap that stops the trade takes the resizing with it */
        b = run(&m, half, &d);
        if (b) { CHECK_INT(b->trade_count, 1); CHECK_INT(b->trades[0].exit_bar, 2); CHECK_INT(b->trades[0].resizes, 0); CHECK(b->position[2] == 0); }
        lstmfc_backtest_free(b);
    }
}

/* Levels that are one price and several doubles: of ruin, stop and trail the first named ends the trade. */
TEST(ties) {
    int32_t round;
    for (round = 1; round < 500; round++) {
        static const double up[4] = {1, 1, 1, 1}, down[4] = {-1, -1, -1, -1};
        double entry = 8 * (double)round * 0.01, best = 9 * (double)round * 0.01, end = 1.6 * entry;
        lstmfc_backtest_desc d = free_desc();
        lstmfc_backtest *b;
        market m;
        d.stop = 0.1; d.trail = 0.2;                    /* 0.9 * 8 and 0.8 * 9 are 7.2 */
        market_start(&m);
        bar(&m, entry, entry, entry, entry); bar(&m, entry, best, entry, best); bar(&m, best, best, best, best);
        bar(&m, best, best, 0.5 * entry, entry);
        b = run(&m, up, &d);
        if (b) CHECK(b->trade_count == 1 && b->trades[0].exit_bar == 3 && b->trades[0].reason == LSTMFC_EXIT_STOP);
        lstmfc_backtest_free(b);
        d.stop = 0.6; d.trail = 0; d.fee = 0.25;        /* a full short has 2 entry a unit, owes 1.25 of the price */
        market_start(&m);
        bar(&m, entry, entry, entry, entry); bar(&m, entry, entry, entry, entry); bar(&m, entry, end * 1.1, entry, entry);
        bar(&m, entry, entry, entry, entry);
        b = run(&m, down, &d);
        if (b) CHECK(b->trade_count == 1 && b->ruined && b->trades[0].reason == LSTMFC_EXIT_RUIN);
        lstmfc_backtest_free(b);
    }
}

/* A signal of the same size up to rounding, and one whose size the prices have already made, are no resizing; a real one
   counts the price it was made at among the excursions of the units held till then. */
TEST(no_resizing) {
    static const double same[4] = {0.3, 0.1 + 0.2, 0.3, 0.3}, made[4] = {0.5, 2.0 / 3, 2.0 / 3, 2.0 / 3};
    static const double more[4] = {0.5, 1, 1, 1}, again[4] = {1, 0, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    market m;
    int32_t round;
    for (round = 1; round < 200; round++) {
        double o = (double)round * 0.07;
        market_start(&m);
        bar(&m, o, o, o, o); bar(&m, o, o, o, o); bar(&m, 2 * o, 2 * o, 2 * o, 2 * o); bar(&m, 2 * o, 2 * o, 2 * o, 2 * o);
        b = run(&m, same, &d);
        if (b) CHECK(b->trade_count == 1 && b->trades[0].resizes == 0);
        lstmfc_backtest_free(b);
        b = run(&m, made, &d);
        if (b) CHECK(b->trade_count == 1 && b->trades[0].resizes == 0);
        lstmfc_backtest_free(b);
    }
    b = run(&m, more, &d);
    if (b) { CHECK_INT(b->trades[0].resizes, 1); CHECK_NEAR(b->trades[0].mfe, 1, 1e-14); }
    lstmfc_backtest_free(b);
    market_start(&m);                                   /* what rounding leaves of an account is not traded on */
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 100, 1e-20, 1e-20); bar(&m, 1e-20, 1e-20, 1e-20, 1e-20);
    bar(&m, 1e-20, 1e-20, 1e-20, 1e-20);
    b = run(&m, again, &d);
    if (b) CHECK(b->trade_count == 1 && b->ruined);
    lstmfc_backtest_free(b);
}

/* An account in signed units: what is wanted less what is held is traded. Checked bar by bar, cash and position apart. */
TEST(ledger) {
    lstmfc_rng rng;
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 500 : 3000, resizes = 0;
    for (round = 0; round < rounds && test_now.checks_failed < 20; round++) {
        market m;
        double targets[MAX_BARS], cash, units = 0, want = 0, order = lstmfc_nan(), fees = 0, slipped = 0, pnl = 0, paid = 0;
        lstmfc_backtest_desc d;
        lstmfc_backtest *b;
        double fee, slip;
        size_t t, i, n;
        static const double steps[7] = {0, 0.2, 0.5, 1, -0.3, -1, 0.7};
        lstmfc_rng_seed(&rng, (uint64_t)round * 2654435761u + 1);
        market_start(&m);
        n = 5 + (size_t)lstmfc_rng_below(&rng, 50);
        for (t = 0; t < n; t++) {
            double o = t ? m.close[t - 1] * lstmfc_exp(0.01 * lstmfc_rng_normal(&rng)) : 3, c = o * lstmfc_exp(0.03 * lstmfc_rng_normal(&rng));
            bar(&m, o, o > c ? o : c, o < c ? o : c, c);
            targets[t] = lstmfc_rng_below(&rng, 4) ? steps[lstmfc_rng_below(&rng, 7)] : t && lstmfc_rng_below(&rng, 2) ? targets[t - 1] : lstmfc_nan();
        }
        d = free_desc();
        d.fee = lstmfc_rng_below(&rng, 3) ? 0.004 * lstmfc_rng_uniform(&rng) : LSTMFC_NONE;
        d.slippage = lstmfc_rng_below(&rng, 3) ? 0.004 * lstmfc_rng_uniform(&rng) : LSTMFC_NONE;
        d.size = lstmfc_rng_below(&rng, 2) ? 1 : 0.5;
        d.fill = (int32_t)lstmfc_rng_below(&rng, 2);
        d.resize = lstmfc_rng_below(&rng, 4) == 0;
        fee = d.fee > 0 ? d.fee : 0; slip = d.slippage > 0 ? d.slippage : 0;
        b = run(&m, targets, &d);
        if (!b) return;
        cash = d.balance;
        for (t = 0; t < n && !b->ruined; t++) {
            int close = d.fill == LSTMFC_FILL_SAME_CLOSE, last = t + 1 == n, phase;
            for (phase = 0; phase < 2; phase++) {       /* the open, the close */
                double price = phase ? m.close[t] : m.open[t], goal = units, way;
                if (phase && close && !last) {
                    order = lstmfc_nan();
                    if (!lstmfc_is_nan(targets[t]) && (d.resize == LSTMFC_RESIZE_YES ? targets[t] != want : targets[t] * want <= 0 && (targets[t] != 0 || units != 0)))
                        order = targets[t];
                    if (!lstmfc_is_nan(targets[t])) want = targets[t];
                }
                if (phase == close && !lstmfc_is_nan(order)) {
                    int parts = order * units < 0 ? 2 : 1, part;
                    for (part = 0; part < parts; part++) {      /* a reversal first gives up all */
                        double side = order > 0 ? 1 : -1, trade;
                        goal = order == 0 || part + 1 < parts ? 0
                             : side * fabs(order) * d.size * (cash + units * price) / (price * (1 + side * slip) * (1 + fee));
                        trade = goal - units; way = trade > 0 ? 1 : -1;
                        cash -= trade * price * (1 + way * slip) + fabs(trade) * price * (1 + way * slip) * fee;
                        fees += fabs(trade) * price * (1 + way * slip) * fee;
                        slipped += fabs(trade) * price * slip;
                        units = goal;
                    }
                    order = lstmfc_nan();
                }
                if (phase && last) {
                    way = units > 0 ? -1 : 1;
                    cash += units * price * (1 + way * slip) - fabs(units) * price * (1 + way * slip) * fee;
                    fees += fabs(units) * price * (1 + way * slip) * fee;
                    slipped += fabs(units) * price * slip;
                    units = 0;
                }
            }
            if (!close) {
                if (!lstmfc_is_nan(targets[t]) && (d.resize == LSTMFC_RESIZE_YES ? targets[t] != want : targets[t] * want <= 0 && (targets[t] != 0 || units != 0)))
                    order = targets[t];
                if (!lstmfc_is_nan(targets[t])) want = targets[t];
            }
            CHECK_NEAR(b->equity[t], cash + units * m.close[t], 1e-11);
            CHECK_CLOSE(b->position[t] * b->equity[t], units * m.close[t], 1e-11, 1e-9);
            CHECK_CLOSE(b->equity[t] - b->position[t] * b->equity[t], cash, 1e-11, 1e-8);
        }
        for (i = 0; i < b->trade_count && !b->ruined; i++) {
            const lstmfc_trade *trade = &b->trades[i];
            resizes += (int32_t)trade->resizes;
            pnl += trade->pnl;
            paid += trade->entry_fee + trade->exit_fee;
            CHECK_CLOSE(trade->gross, trade->side * trade->quantity * (trade->exit_price - trade->entry_price), 1e-9, 1e-9);
            CHECK(d.resize == LSTMFC_RESIZE_YES || trade->resizes == 0);
        }
        if (!b->ruined) {
            CHECK_CLOSE(pnl, b->equity[n - 1] - d.balance, 1e-9, 1e-8);
            CHECK_CLOSE(paid, fees, 1e-10, 1e-10);
            CHECK_CLOSE(b->metrics.fees, fees, 1e-10, 1e-10);
            CHECK_CLOSE(b->metrics.slippage, slipped, 1e-10, 1e-10);
        }
        lstmfc_backtest_free(b);
    }
    CHECK(resizes > rounds);
}

/* -- properties on random markets --------------------------------------------------------------------------------- */

static void random_market(lstmfc_rng *rng, market *m, double *targets, lstmfc_backtest_desc *d) {
    size_t n = 4 + (size_t)lstmfc_rng_below(rng, 28), t;
    double price = lstmfc_exp(20 * lstmfc_rng_uniform(rng) - 10);
    market_start(m);
    for (t = 0; t < n; t++) {
        double open = price * lstmfc_exp(0.02 * lstmfc_rng_normal(rng)), close = open * lstmfc_exp(0.04 * lstmfc_rng_normal(rng));
        double high = (open > close ? open : close) * lstmfc_exp(0.03 * lstmfc_rng_uniform(rng));
        double low = (open < close ? open : close) * lstmfc_exp(-0.03 * lstmfc_rng_uniform(rng));
        bar(m, open, high, low, close);
        price = close;
        switch (lstmfc_rng_below(rng, 6)) {
        case 0: targets[t] = 0; break;
        case 1: targets[t] = 1; break;
        case 2: targets[t] = -1; break;
        case 3: targets[t] = 2 * lstmfc_rng_uniform(rng) - 1; break;
        case 4: targets[t] = lstmfc_nan(); break;
        default: targets[t] = t ? targets[t - 1] : 0;
        }
    }
    memset(d, 0, sizeof *d);
    d->resamples = 100;
    d->fee = lstmfc_rng_below(rng, 3) ? 0.01 * lstmfc_rng_uniform(rng) : LSTMFC_NONE;
    d->slippage = lstmfc_rng_below(rng, 3) ? 0.005 * lstmfc_rng_uniform(rng) : LSTMFC_NONE;
    d->size = lstmfc_rng_below(rng, 2) ? 1 : 0.1 + 0.9 * lstmfc_rng_uniform(rng);
    d->fill = (int32_t)lstmfc_rng_below(rng, 2);
    d->long_only = (int32_t)lstmfc_rng_below(rng, 2);
    if (lstmfc_rng_below(rng, 2)) d->stop = 0.001 + 0.05 * lstmfc_rng_uniform(rng);
    if (lstmfc_rng_below(rng, 2)) d->take = 0.001 + 0.05 * lstmfc_rng_uniform(rng);
    if (lstmfc_rng_below(rng, 2)) d->trail = 0.001 + 0.05 * lstmfc_rng_uniform(rng);
    d->resize = (int32_t)lstmfc_rng_below(rng, 2);
    d->reenter = (int32_t)lstmfc_rng_below(rng, 2);
}

/* What the log of trades says the equity must be, and that every fill lies where a fill can lie. */
static void check_books(const market *m, const double *targets, const lstmfc_backtest *b) {
    size_t t, i, n = m->candles.count;
    double fees = 0, slipped = 0, pnl = 0, slip = b->desc.slippage > 0 ? b->desc.slippage : 0;
    int64_t resizes = 0;
    for (i = 0; i < b->trade_count; i++) { resizes += b->trades[i].resizes; pnl += b->trades[i].pnl; }
    CHECK_CLOSE(b->equity[n - 1] - b->desc.balance, pnl, 1e-9, 1e-9 * b->desc.balance);
    CHECK(resizes == 0 || b->desc.resize == LSTMFC_RESIZE_YES);
    {   double cash = b->desc.balance, units = 0;       /* the log of fills says what the account is at every close */
        for (t = 0, i = 0; t < n; t++) {
            for (; i < b->fill_count && b->fills[i].bar == (int64_t)t; i++) {
                const lstmfc_fill *fill = &b->fills[i];
                CHECK(fill->time == m->time[t] && (i == 0 || fill->trade == fill[-1].trade || fill->trade == fill[-1].trade + 1));
                cash -= fill->quantity * fill->price + fill->fee;
                units += fill->quantity;
            }
            CHECK_CLOSE(b->equity[t], cash + units * m->close[t], 1e-9, 1e-9 * b->desc.balance);
            CHECK_CLOSE(b->position[t] * b->equity[t], units * m->close[t], 1e-9, 1e-9 * b->desc.balance);
        }
        CHECK(i == b->fill_count && i == 2 * b->trade_count + (size_t)resizes);
    }
    for (t = 0; t < n && !resizes; t++) {
        double equity = b->desc.balance, held = 0;
        for (i = 0; i < b->trade_count; i++) {
            const lstmfc_trade *trade = &b->trades[i];
            if (trade->exit_bar <= (int64_t)t) equity += trade->pnl;
            else if (trade->entry_bar <= (int64_t)t) {
                equity += trade->side * trade->quantity * (m->close[t] - trade->entry_price) - trade->entry_fee;
                held = trade->side * trade->quantity * m->close[t];
            }
        }
        CHECK_NEAR(b->equity[t], equity, 1e-9);
        CHECK_CLOSE(b->position[t], held / b->equity[t], 1e-9, 0);
        CHECK(b->worst[t] <= b->equity[t]);
    }
    for (i = 0; i < b->trade_count; i++) {
        const lstmfc_trade *trade = &b->trades[i];
        size_t in = (size_t)trade->entry_bar, out = (size_t)trade->exit_bar, decided = b->cheat ? in : in - 1;
        double reference = trade->exit_price / (1 - trade->side * (trade->reason == LSTMFC_EXIT_TAKE ? 0 : slip));
        fees += trade->entry_fee + trade->exit_fee;
        slipped += trade->slippage;
        CHECK(b->cheat || in > 0);
        CHECK(trade->side > 0 ? targets[decided] > 0 : targets[decided] < 0);
        CHECK(!(b->desc.long_only && trade->side < 0));
        if (!trade->resizes) {
            CHECK_NEAR(trade->entry_price, (b->cheat ? m->close[in] : m->open[in]) * (1 + trade->side * slip), 1e-14);
            CHECK(reference >= m->low[out] * (1 - 1e-12) && reference <= m->high[out] * (1 + 1e-12));
        }
        CHECK(out > in || !b->cheat);
        CHECK(i == 0 || b->trades[i - 1].exit_bar <= trade->entry_bar);
        CHECK(trade->mae >= 0 && trade->mfe >= 0 && trade->quantity > 0);
        if (trade->reason == LSTMFC_EXIT_END) CHECK(out == n - 1 && i + 1 == b->trade_count);
    }
    CHECK_CLOSE(b->metrics.fees, fees, 1e-9, 0);
    CHECK_CLOSE(b->metrics.slippage, slipped, 1e-9, 0);
    CHECK(b->metrics.max_drawdown_intrabar <= b->metrics.max_drawdown);
    CHECK_NEAR(b->metrics.total_return, b->equity[n - 1] / b->desc.balance - 1, 1e-14);
}

TEST(properties) {
    lstmfc_rng rng;
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 1000 : 10000, reasons[6] = {0, 0, 0, 0, 0, 0};
    lstmfc_rng_seed(&rng, 20240612);
    for (round = 0; round < rounds && test_now.checks_failed < 20; round++) {
        market m, other;
        double targets[MAX_BARS], changed[MAX_BARS];
        lstmfc_backtest_desc d;
        lstmfc_backtest *b, *c;
        size_t t, cut, i;
        lstmfc_error err = {0, 0, 0, 0, {0}};
        random_market(&rng, &m, targets, &d);
        b = run(&m, targets, &d);
        if (!b) return;
        check_books(&m, targets, b);
        for (i = 0; i < b->trade_count; i++) reasons[b->trades[i].reason]++;
        /* look-ahead: bars and signals after `cut` replaced by garbage change nothing up to it */
        cut = (size_t)lstmfc_rng_below(&rng, m.candles.count - 1);
        other = m;
        other.candles.time = other.time; other.candles.open = other.open; other.candles.high = other.high; other.candles.low = other.low; other.candles.close = other.close;
        memcpy(changed, targets, sizeof changed);
        for (t = cut + 1; t < m.candles.count; t++) {
            other.open[t] = m.open[t] * 7; other.high[t] = m.open[t] * 50; other.low[t] = m.open[t] * 0.01; other.close[t] = m.open[t] * 3;
            changed[t] = lstmfc_rng_below(&rng, 2) ? -1 : 1;
        }
        c = run(&other, changed, &d);
        if (c) {
            CHECK(memcmp(b->equity, c->equity, (cut + 1) * sizeof *b->equity) == 0);
            CHECK(memcmp(b->worst, c->worst, (cut + 1) * sizeof *b->worst) == 0);
            CHECK(memcmp(b->position, c->position, (cut + 1) * sizeof *b->position) == 0);
            CHECK(memcmp(b->hold, c->hold, (cut + 1) * sizeof *b->hold) == 0);
            CHECK(memcmp(b->persistence, c->persistence, (cut + 1) * sizeof *b->persistence) == 0);
            for (i = 0; i < b->trade_count && b->trades[i].exit_bar <= (int64_t)cut; i++)
                CHECK(i < c->trade_count && memcmp(&b->trades[i], &c->trades[i], sizeof b->trades[i]) == 0);
            for (; i < b->trade_count && b->trades[i].entry_bar <= (int64_t)cut; i++)
                CHECK(i < c->trade_count && (b->trades[i].resizes || c->trades[i].resizes || (b->trades[i].entry_price == c->trades[i].entry_price && b->trades[i].quantity == c->trades[i].quantity)));
        }
        lstmfc_backtest_free(c);
        /* deletion: the same, but that the last bar now closes the position */
        if (cut >= 1) {
            other = m;
            other.candles.time = other.time; other.candles.open = other.open; other.candles.high = other.high; other.candles.low = other.low; other.candles.close = other.close;
            other.candles.count = cut + 1;
            c = run(&other, targets, &d);
            if (c) CHECK(memcmp(b->equity, c->equity, cut * sizeof *b->equity) == 0);
            lstmfc_backtest_free(c);
        }
        /* a higher fee never leaves more (a resizing takes fewer units for it, and fewer units lose less) */
        for (i = 0; i < b->trade_count && !b->trades[i].resizes; i++) {}
        if (!b->ruined && i == b->trade_count) {
            lstmfc_backtest_desc dearer = d;
            dearer.fee = (d.fee > 0 ? d.fee : 0) + 0.002;
            c = lstmfc_backtest_run(&m.candles, targets, m.candles.count, &dearer, &err);
            if (c && !c->ruined) {
                CHECK(b->trade_count == 0 ? c->equity[m.candles.count - 1] == b->equity[m.candles.count - 1] : c->equity[m.candles.count - 1] < b->equity[m.candles.count - 1]);
                CHECK_NEAR(c->metrics.gross_return, b->metrics.gross_return, 0);
            }
            lstmfc_backtest_free(c);
        }
        /* prices in another unit: the same trades */
        other = m;
        other.candles.time = other.time; other.candles.open = other.open; other.candles.high = other.high; other.candles.low = other.low; other.candles.close = other.close;
        for (t = 0; t < m.candles.count; t++) { other.open[t] *= 1024; other.high[t] *= 1024; other.low[t] *= 1024; other.close[t] *= 1024; }
        c = run(&other, targets, &d);
        if (c) CHECK(c->trade_count == b->trade_count && memcmp(b->equity, c->equity, m.candles.count * sizeof *b->equity) == 0);
        lstmfc_backtest_free(c);
        lstmfc_backtest_free(b);
    }
    for (round = 0; round <= LSTMFC_EXIT_END; round++) CHECK(reasons[round] > rounds / 20);
}

/* Break-even cost: charging exactly that leaves nothing (exact for full long positions); persistence is the strategy of the last move's sign. */
TEST(break_even) {
    lstmfc_rng rng;
    int32_t round;
    lstmfc_rng_seed(&rng, 9);
    for (round = 0; round < 300; round++) {
        market m;
        double targets[MAX_BARS];
        lstmfc_backtest_desc d;
        lstmfc_backtest *b, *c;
        size_t t;
        random_market(&rng, &m, targets, &d);
        d.stop = d.take = d.trail = 0; d.fee = d.slippage = LSTMFC_NONE; d.size = 1;
        for (t = 0; t < m.candles.count; t++) if (targets[t] > 0) targets[t] = 1; else if (targets[t] < 0) targets[t] = 0;
        b = run(&m, targets, &d);
        if (!b) return;
        if (b->metrics.break_even > 0) {
            d.fee = b->metrics.break_even * 1e-4;
            c = run(&m, targets, &d);
            if (c) CHECK_CLOSE(c->metrics.total_return, 0, 0, 1e-12);
            lstmfc_backtest_free(c);
        }
        for (t = 0; t < m.candles.count; t++) targets[t] = t == 0 ? lstmfc_nan() : m.close[t] > m.close[t - 1] ? 1 : -1;
        d.fee = 0.002;
        c = run(&m, targets, &d);
        if (c) {
            size_t i, count;
            const lstmfc_field *fields = lstmfc_metrics_fields(&count);
            CHECK(memcmp(c->equity, c->persistence, m.candles.count * sizeof *c->equity) == 0);
            for (i = 0; i < count; i++) {       /* two ways to the same account: every figure the same, but for the interval */
                double x = *(const double *)((const char *)&c->metrics + fields[i].offset), y = *(const double *)((const char *)&c->persistence_metrics + fields[i].offset);
                if (strncmp(fields[i].name, "mean_", 5)) CHECK_NEAR(x, y, 0);
            }
        }
        lstmfc_backtest_free(b);
        lstmfc_backtest_free(c);
    }
}

/* `pays its costs` says yes to a steady gain, no to a random walk in most of its runs, and no to nothing done. */
TEST(verdict) {
    static int64_t time[800];
    static double open[800], close[800], targets[800];
    lstmfc_candles candles;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_rng rng;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    int32_t round, yes = 0, sure = 0;
    lstmfc_rng_seed(&rng, 77);
    memset(&candles, 0, sizeof candles);
    candles.count = 800; candles.time = time; candles.open = open; candles.close = close;
    for (round = 0; round < 100; round++) {
        double price = 100;
        size_t t;
        int32_t edge = round % 2;
        lstmfc_backtest *b;
        for (t = 0; t < 800; t++) {
            time[t] = (int64_t)t * HOUR;
            open[t] = price;
            price *= lstmfc_exp(0.01 * lstmfc_rng_normal(&rng) + (edge ? 0.002 : 0));
            close[t] = price;
            targets[t] = edge ? 1 : lstmfc_rng_below(&rng, 2) ? 1 : -1;
        }
        b = lstmfc_backtest_run(&candles, targets, 800, &d, &err);
        if (!CHECK(b != NULL)) return;
        if (edge) sure += b->pays_costs; else yes += b->pays_costs;
        CHECK(b->metrics.mean_low < b->metrics.mean_high);
        lstmfc_backtest_free(b);
    }
    CHECK(yes <= 8);            /* 5 % of 50 is expected */
    CHECK(sure >= 48);
}

TEST(refusals) {
    market m;
    double targets[3] = {1, 1, 1};
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest_desc d = free_desc();
    market_start(&m);
    bar(&m, 100, 101, 99, 100); bar(&m, 100, 101, 99, 100); bar(&m, 100, 101, 99, 100);
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 2, &d, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_SHAPE);
    CHECK_TEXT(err.message, "2 signals for 3 bars: a backtest needs one signal per bar");
    m.low[1] = -3;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_DATA); CHECK_INT(err.line, 2);
    CHECK_TEXT(err.message, "row 2 (2022-01-01T01:00:00Z): low is -3, expected a price above 0");
    m.low[1] = 99; m.close[2] = lstmfc_nan();
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_TEXT(err.message, "row 3 (2022-01-01T02:00:00Z): close is nan, expected a price above 0");
    m.close[2] = 100; targets[1] = 1.5;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "row 2 (2022-01-01T01:00:00Z): signal is 1.5, expected -1 .. 1");
    targets[1] = 1; m.time[2] = m.time[1];
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_TEXT(err.message, "row 3 (2022-01-01T01:00:00Z): time is not after the row before");
    {                                                   /* times out of their range: refused, and nothing overflows */
        static const int64_t wild[] = {INT64_MIN, LSTMFC_TIME_FIRST - 1, LSTMFC_TIME_LAST + 1, INT64_MAX};
        size_t i;
        m.time[2] = m.time[1] + HOUR;
        for (i = 0; i < 4; i++) {
            market before = m;
            m.time[wild[i] < 0 ? 0 : 2] = wild[i];
            CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err) && err.code == LSTMFC_ERROR_DATA);
            CHECK_HAS(err.message, "is outside the years 1 to 9999");
            m = before;
        }
    }
    m.candles.count = 1;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 1, &d, &err));
    CHECK_TEXT(err.message, "a backtest needs at least 2 bars, there are 1");
    m.candles.count = 3; m.candles.open = NULL;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_HAS(err.message, "need the column open");
    m.candles.open = m.open; m.candles.high = NULL; d.stop = 0.1;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_TEXT(err.message, "stop, take and trail need the column high");
    m.candles.high = m.high; d.stop = 0; d.fee = 0.7;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT); CHECK_HAS(err.message, "fee");
    d.fee = 0; m.close[1] = 1e-310;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_DATA);
    CHECK_TEXT(err.message, "row 2 (2022-01-01T01:00:00Z): close is 1e-310, expected a price from 1e-100 to 1e100");
    m.close[1] = 1e-100; m.open[1] = 1e-100; m.low[1] = 1e-100; m.close[2] = 1e100; m.high[2] = 1e100; d.balance = 1e30;
    {   lstmfc_backtest *b = lstmfc_backtest_run(&m.candles, targets, 3, &d, &err);
        CHECK(b && lstmfc_is_finite(b->equity[2]) && b->equity[2] > 1e200);
        lstmfc_backtest_free(b);
    }
    m.close[1] = 100; m.open[1] = 100; m.low[1] = 99; m.close[2] = 100; m.high[2] = 101;
    m.time[0] = INT64_MIN; m.time[1] = 0; m.time[2] = INT64_MAX;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "-9223372036854775808");
    m.time[0] = -1;
    CHECK(!lstmfc_backtest_run(&m.candles, targets, 3, &d, &err));
    CHECK_HAS(err.message, "9223372036854775807");
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_backtest_run(NULL, targets, 3, &d, &err));
    CHECK_TEXT(err.message, "candles is NULL");
    CHECK(!lstmfc_backtest_run(&m.candles, NULL, 3, NULL, NULL));
    lstmfc_backtest_free(NULL);
    CHECK_TEXT(lstmfc_exit_name(LSTMFC_EXIT_RUIN), "ruin"); CHECK_TEXT(lstmfc_exit_name(99), "unknown");
}

/* ---- the options beside fee, slippage, size and the three levels ---- */

static void flat_bars(market *m, size_t n) {
    market_start(m);
    while (n--) bar(m, 100, 100, 100, 100);
}

static double cash_of(const lstmfc_backtest *b) {       /* from the log alone */
    double cash = b->desc.balance;
    size_t i;
    for (i = 0; i < b->fill_count; i++) cash -= b->fills[i].quantity * b->fills[i].price + b->fills[i].fee + b->fills[i].funding;
    return cash;
}

static void check_refusal(const market *m, const double *targets, const lstmfc_backtest_desc *d, lstmfc_result code, const char *words) {
    lstmfc_error err = {0, 0, 0, 0, {0}};
    CHECK(!lstmfc_backtest_run(&m->candles, targets, m->candles.count, d, &err));
    CHECK_INT(err.code, code);
    CHECK_HAS(err.message, words);
}

/* A fixed fee, half the spread beside the slippage, and a take that rests in the book at its own fee. */
TEST(fees_and_spread) {
    market m;
    double targets[4] = {1, 0, 0, 0}, fill = 103, q = (1000 - 1) / (103 * 1.002), level = 103 * 1.05;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    targets[1] = targets[2] = targets[3] = lstmfc_nan();
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 101, 99, 100); bar(&m, 100, 112, 99, 111); bar(&m, 111, 112, 110, 111);
    d.fee = 0.002; d.maker_fee = 0.001; d.fee_fixed = 1; d.spread = 0.01; d.slippage = 0.02; d.take = 0.05;
    b = run(&m, targets, &d);
    if (b) {
        CHECK_NEAR(b->trades[0].quantity, q, 1e-14); CHECK_NEAR(b->trades[0].entry_price, fill, 1e-14);
        CHECK_NEAR(b->trades[0].entry_fee, q * fill * 0.002 + 1, 1e-14);
        CHECK_NEAR(b->equity[1], q * 100, 1e-12);       /* the stake was all there is: nothing is left in cash */
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE); CHECK_NEAR(b->trades[0].exit_price, level, 1e-14);
        CHECK_NEAR(b->trades[0].exit_fee, q * level * 0.001 + 1, 1e-14);
        CHECK_NEAR(b->trades[0].slippage, q * 100 * 0.03, 1e-13);
        CHECK_NEAR(b->equity[3], q * level * 0.999 - 1, 1e-13);
        CHECK_NEAR(b->metrics.fees, q * fill * 0.002 + q * level * 0.001 + 2, 1e-13);
        CHECK_NEAR(b->metrics.gross_return, 0.05, 1e-12);       /* the same orders at no cost of any kind */
        CHECK_INT(b->fill_count, 2); CHECK_INT(b->fills[0].reason, LSTMFC_REASON_ENTRY); CHECK_INT(b->fills[1].reason, LSTMFC_EXIT_TAKE);
        CHECK_TEXT(lstmfc_exit_name(b->fills[0].reason), "entry");
    }
    lstmfc_backtest_free(b);
    d.maker_fee = LSTMFC_NONE;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].exit_fee, 1, 0);
    lstmfc_backtest_free(b);
    d.maker_fee = 0;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].exit_fee, q * level * 0.002 + 1, 1e-14);
    lstmfc_backtest_free(b);
    d.balance = 0.5;                                    /* less than the fee of one fill: nothing is entered */
    b = run(&m, targets, &d);
    if (b) CHECK_INT(b->trade_count, 0);
    lstmfc_backtest_free(b);
    {   lstmfc_backtest_desc none = free_desc();
        double *cost[5];
        size_t k;
        cost[0] = &none.spread; cost[1] = &none.slippage_atr; cost[2] = &none.fee_fixed; cost[3] = &none.maker_fee; cost[4] = &none.funding;
        for (k = 0; k < 5; k++) {
            none = free_desc();
            *cost[k] = 0.001;
            b = run(&m, targets, &none);
            if (b) CHECK_INT(b->no_costs, k == 4);      /* funding is no cost of a fill */
            lstmfc_backtest_free(b);
        }
    }
}

/* True ranges of 4, 6, 8 and 10: the average of two is known at bar 2 and 5, 6.5 and 8.25 there. */
TEST(ranges) {
    market m;
    double targets[5] = {1, 1, 1, 1, 1}, entry, out;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    size_t t;
    market_start(&m);
    bar(&m, 100, 101, 99, 100); bar(&m, 100, 102, 98, 100); bar(&m, 100, 103, 97, 100); bar(&m, 100, 104, 96, 100); bar(&m, 100, 105, 95, 100);
    d.atr_bars = 2; d.slippage_atr = 0.1; d.stop_atr = 1;
    b = run(&m, targets, &d);
    if (b) {
        entry = 100 + 0.1 * 5; out = entry - 5 - 0.1 * 6.5;
        CHECK_INT(b->trade_count, 1); CHECK_INT(b->trades[0].entry_bar, 3);     /* asked at each close, let go until then */
        CHECK_NEAR(b->trades[0].entry_price, entry, 1e-14); CHECK_NEAR(b->trades[0].quantity, 1000 / entry, 1e-14);
        CHECK_INT(b->trades[0].exit_bar, 4); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP);
        CHECK_NEAR(b->trades[0].exit_price, out, 1e-14);
        CHECK_NEAR(b->trades[0].r, (out / entry - 1) / (5 / entry), 1e-13);
        CHECK_NEAR(b->metrics.expectancy_r, b->trades[0].r, 0);
        CHECK_NEAR(b->metrics.slippage, 1000 / entry * (0.1 * 5 + 0.1 * 6.5), 1e-13);
        CHECK_NEAR(b->metrics.gross_return, -5.0 / 100, 1e-13);         /* entered at the same bar, stopped five below 100 */
        CHECK_INT(b->hold_metrics.trades > 0, 1);
        for (t = 0; t < 3; t++) CHECK_NEAR(b->hold[t], 1000, 0);        /* so does buy and hold */
    }
    lstmfc_backtest_free(b);
    for (t = 0; t < 5; t++) targets[t] = -1;            /* mirrored, and a take */
    d.stop_atr = 0; d.slippage_atr = 0; d.take_atr = 0.9;
    b = run(&m, targets, &d);
    if (b) {
        CHECK_INT(b->trades[0].entry_bar, 3); CHECK_INT(b->trades[0].exit_bar, 4); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE);
        CHECK_NEAR(b->trades[0].exit_price, 100 - 0.9 * 5, 1e-14);
        CHECK(lstmfc_is_nan(b->trades[0].r));
    }
    lstmfc_backtest_free(b);
    d.take_atr = 1000;                                  /* below 0 for a short: never met */
    b = run(&m, targets, &d);
    if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_END);
    lstmfc_backtest_free(b);
    d.take_atr = 0; d.trail_atr = 1.5;                  /* trails 7.5 above the best price: 103.5 after bar 3, whose low was 96 */
    b = run(&m, targets, &d);
    if (b) {
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TRAIL); CHECK_INT(b->trades[0].exit_bar, 4);
        CHECK_NEAR(b->trades[0].exit_price, 96 + 1.5 * 5, 1e-14);
    }
    lstmfc_backtest_free(b);
    d.trail_atr = 0; d.slippage_atr = 100;              /* a seller would get nothing: no short; a buyer pays twice the price at most */
    b = run(&m, targets, &d);
    if (b) CHECK_INT(b->trade_count, 0);
    lstmfc_backtest_free(b);
    for (t = 0; t < 5; t++) targets[t] = 1;
    b = run(&m, targets, &d);
    if (b) { CHECK_NEAR(b->trades[0].entry_price, 200, 1e-14); CHECK(b->trades[0].exit_price == 0 && b->equity[4] == 0 && b->ruined); }
    lstmfc_backtest_free(b);
    d.slippage_atr = 1; d.fill = LSTMFC_FILL_SAME_CLOSE;        /* a close reads its own range */
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trades[0].entry_bar, 2); CHECK_NEAR(b->trades[0].entry_price, 105, 1e-14); CHECK_NEAR(b->trades[0].exit_price, 100 - 8.25, 1e-14); }
    lstmfc_backtest_free(b);
    d.stop = 0.1; d.stop_atr = 1;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_ARGUMENT, "stop and stop_atr are both given");
    d.stop = 0; d.take = 0.1; d.take_atr = 1;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_ARGUMENT, "take and take_atr are both given");
    d.take = 0; d.trail = 0.1; d.trail_atr = 1;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_ARGUMENT, "trail and trail_atr are both given");
    d.trail = 0; m.candles.low = NULL;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_DATA, "need the column low");
}

TEST(time_stop) {
    market m;
    static const double same[8] = {1, 1, 1, 1, 1, 1, 1, 1}, other[8] = {1, 1, -1, -1, -1, -1, -1, -1}, half[8] = {1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    flat_bars(&m, 8);
    d.max_bars = 2;
    b = run(&m, same, &d);
    if (b) {
        CHECK_INT(b->trade_count, 1); CHECK_INT(b->trades[0].entry_bar, 1); CHECK_INT(b->trades[0].exit_bar, 3);
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TIME); CHECK(!b->open_at_end && b->position[3] == 0);
        CHECK_TEXT(lstmfc_exit_name(b->fills[1].reason), "time");
    }
    lstmfc_backtest_free(b);
    b = run(&m, other, &d);                             /* the other side enters at the open that closes */
    if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TIME); CHECK_INT(b->trades[1].entry_bar, 3); CHECK_INT(b->trades[1].exit_bar, 5); }
    lstmfc_backtest_free(b);
    b = run(&m, half, &d);                              /* the same side is let go with it */
    if (b) CHECK_INT(b->trade_count, 1);
    lstmfc_backtest_free(b);
    d.reenter = LSTMFC_REENTER_YES;
    b = run(&m, same, &d);
    if (b) { CHECK_INT(b->trade_count, 3); CHECK_INT(b->trades[1].entry_bar, 4); CHECK_INT(b->trades[2].entry_bar, 7); CHECK_INT(b->trades[2].reason, LSTMFC_EXIT_END); }
    lstmfc_backtest_free(b);
    d.fill = LSTMFC_FILL_SAME_CLOSE;
    b = run(&m, same, &d);
    if (b) { CHECK_INT(b->trades[0].entry_bar, 0); CHECK_INT(b->trades[0].exit_bar, 2); CHECK_INT(b->trades[1].entry_bar, 3); }
    lstmfc_backtest_free(b);
    b = run(&m, other, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TIME); CHECK_INT(b->trades[0].exit_bar, 2); CHECK_INT(b->trades[1].entry_bar, 2); }
    lstmfc_backtest_free(b);
    d.max_bars = 7;                                     /* at the last close it comes before the end of the data */
    b = run(&m, same, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK_INT(b->trades[0].exit_bar, 7); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TIME); CHECK(!b->open_at_end); }
    lstmfc_backtest_free(b);
}

TEST(volume_cap) {
    market m;
    double targets[6] = {0.5, 0.5, 1, 1, 0.1, 0.1}, volume[6] = {0, 20, 30, 1, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    volume[0] = lstmfc_nan();
    flat_bars(&m, 6);
    d.volume_cap = 0.1;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_DATA, "volume_cap needs the column volume");
    m.candles.volume = volume;
    b = run(&m, targets, &d);
    if (b) {                                            /* nothing of an unknown volume, 2 of 20, 3 more of 30; out goes whatever has to */
        CHECK_INT(b->fill_count, 4); CHECK_INT(b->fills[0].bar, 2); CHECK_NEAR(b->fills[0].quantity, 2, 1e-14);
        CHECK_INT(b->fills[1].bar, 3); CHECK_NEAR(b->fills[1].quantity, 3, 1e-14); CHECK_INT(b->fills[1].reason, LSTMFC_REASON_RESIZE);
        CHECK_INT(b->fills[2].bar, 5); CHECK_NEAR(b->fills[2].quantity, -4, 1e-13); CHECK_NEAR(b->fills[3].quantity, -1, 1e-13);
        CHECK_NEAR(b->hold_metrics.turnover, 2, 1e-13);         /* buy and hold is not capped */
    }
    lstmfc_backtest_free(b);
}

TEST(sizings) {
    market m;
    double targets[8] = {1, 1, 1, 1, 1, 1, 1, 1}, sd, mean, x[3];
    static const double each[6] = {1, 0, 1, 0, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    size_t t;
    flat_bars(&m, 6);
    d.fee = 0.01; d.sizing = LSTMFC_SIZING_CASH; d.amount = 400; d.fee_fixed = 2;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].quantity, 398 / 101.0, 1e-14);
    lstmfc_backtest_free(b);
    d.amount = 5000;                                    /* never more than the equity, or than leverage times it */
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].quantity, 998 / 101.0, 1e-14);
    lstmfc_backtest_free(b);
    d.leverage = 3;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].quantity, 2998 / 101.0, 1e-14);
    lstmfc_backtest_free(b);
    d.leverage = 0; d.sizing = LSTMFC_SIZING_QUANTITY; d.amount = 3; targets[0] = 0.5;
    b = run(&m, targets, &d);
    if (b) { CHECK_NEAR(b->trades[0].quantity, 3, 1e-14); CHECK_NEAR(b->fills[0].quantity, 1.5, 1e-14); CHECK_NEAR(b->fills[0].fee, 1.5 + 2, 1e-14); }
    lstmfc_backtest_free(b);
    d.amount = 30; targets[0] = 1;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].quantity, 998 / 101.0, 1e-14);
    lstmfc_backtest_free(b);
    d.amount = 0;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_ARGUMENT, "need an amount above 0");
    d.amount = 3; d.sizing = LSTMFC_SIZING_FRACTION;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_ARGUMENT, "amount is for sizing cash and quantity");

    d = free_desc(); d.sizing = LSTMFC_SIZING_VOLATILITY; d.sizing_bars = 3; d.target_volatility = 0.1; d.annual = 400;
    b = run(&m, targets, &d);                           /* prices that do not move have no volatility to size by */
    if (b) CHECK_INT(b->trade_count, 0);
    lstmfc_backtest_free(b);
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 103, 100, 102); bar(&m, 102, 102, 99, 99); bar(&m, 99, 105, 99, 105); bar(&m, 105, 105, 105, 105); bar(&m, 110, 110, 110, 110);
    x[0] = lstmfc_log(1.02); x[1] = lstmfc_log(99 / 102.0); x[2] = lstmfc_log(105 / 99.0);
    mean = (x[0] + x[1] + x[2]) / 3;
    sd = lstmfc_sqrt(((x[0] - mean) * (x[0] - mean) + (x[1] - mean) * (x[1] - mean) + (x[2] - mean) * (x[2] - mean)) / 2);
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trades[0].entry_bar, 4); CHECK_NEAR(b->trades[0].quantity, 1000 * 0.1 / (sd * 20) / 105, 1e-12); }
    lstmfc_backtest_free(b);
    d.target_volatility = 100;
    b = run(&m, targets, &d);
    if (b) CHECK_NEAR(b->trades[0].quantity, 1000 / 105.0, 1e-13);
    lstmfc_backtest_free(b);

    /* Kelly of two trades: one wins 10 %, one loses 5 %: p = 1/2, b = 2, p - (1-p)/b = 1/4, of which half. */
    d = free_desc(); d.sizing = LSTMFC_SIZING_KELLY; d.kelly_trades = 2; d.size = 0.5;
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 110, 100, 110); bar(&m, 110, 110, 100, 100); bar(&m, 100, 100, 95, 95); bar(&m, 95, 100, 95, 100); bar(&m, 100, 100, 100, 100);
    b = run(&m, each, &d);
    if (b) {
        CHECK_INT(b->trade_count, 3);
        CHECK_NEAR(b->trades[0].quantity, 5, 1e-14); CHECK_NEAR(b->trades[1].quantity, 0.5 * 1050 / 100, 1e-14);
        CHECK_NEAR(b->trades[2].quantity, 0.125 * 1023.75 / 100, 1e-13);
    }
    lstmfc_backtest_free(b);
    market_start(&m);                                   /* no win: nothing; no loss: all of it */
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 100, 90, 90); bar(&m, 90, 100, 90, 100); bar(&m, 100, 100, 95, 95); bar(&m, 95, 100, 95, 100); bar(&m, 100, 100, 100, 100);
    b = run(&m, each, &d);
    if (b) CHECK_INT(b->trade_count, 2);
    lstmfc_backtest_free(b);
    for (t = 0; t < 6; t++) if (each[t] > 0) m.open[t + (t < 5)] = 80;
    for (t = 0; t < 6; t++) m.low[t] = 80;
    b = run(&m, each, &d);
    if (b) { CHECK_INT(b->trade_count, 3); CHECK(b->trades[0].net_return > 0 && b->trades[1].net_return > 0); CHECK_NEAR(b->trades[2].quantity * b->trades[2].entry_price, 0.5 * b->equity[4], 1e-12); }
    lstmfc_backtest_free(b);
}

/* The example of the essay: 10,000 at leverage 4 and price 100 are liquidated at 75.38, and ruined at 75. */
TEST(leverage) {
    market m;
    static const double up[5] = {1, 1, 1, 1, 1}, down[5] = {-1, -1, -1, -1, -1};
    double level = 30000 / (400 * 0.995);
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    d.balance = 10000; d.leverage = 4;
    market_start(&m);
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 101, 80, 90); bar(&m, 90, 92, 70, 91); bar(&m, 91, 92, 90, 91); bar(&m, 91, 92, 90, 91);
    b = run(&m, up, &d);
    if (b) {
        CHECK_INT(b->trade_count, 1); CHECK_NEAR(b->trades[0].quantity, 400, 1e-14); CHECK_NEAR(b->equity[1], 6000, 1e-13);
        CHECK_NEAR(b->position[1], 6, 1e-13); CHECK_NEAR(b->worst[1], 2000, 1e-13);
        CHECK_INT(b->trades[0].exit_bar, 2); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_LIQUIDATION);
        CHECK_NEAR(b->trades[0].exit_price, level, 1e-13); CHECK_NEAR(b->equity[2], 400 * level - 30000, 1e-9);
        CHECK(!b->ruined && b->position[3] == 0);       /* flat until the signal changes */
        CHECK_NEAR(b->hold_metrics.total_return, -0.09, 1e-13);         /* buy and hold owes nothing */
        CHECK_TEXT(lstmfc_exit_name(b->trades[0].reason), "liquidation");
    }
    lstmfc_backtest_free(b);
    d.reenter = LSTMFC_REENTER_YES;
    b = run(&m, up, &d);
    if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[1].entry_bar, 3); }
    lstmfc_backtest_free(b);
    d.maintenance = LSTMFC_NONE;
    b = run(&m, up, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_RUIN); CHECK_NEAR(b->trades[0].exit_price, 75, 1e-13); CHECK(b->ruined); CHECK_INT(b->trade_count, 1); }
    lstmfc_backtest_free(b);
    d.fee = 0.001; d.slippage = 0.002; d.fee_fixed = 3;         /* ruin counts what closing costs: nothing is left, to the cent */
    b = run(&m, up, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_RUIN); CHECK_CLOSE(b->equity[4], 0, 0, 1e-8); }
    lstmfc_backtest_free(b);
    d = free_desc(); d.balance = 10000; d.leverage = 4; d.stop = 0.2;           /* the stop is met first */
    b = run(&m, up, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK_NEAR(b->trades[0].exit_price, 80, 1e-13); CHECK_INT(b->trades[0].exit_bar, 1); }
    lstmfc_backtest_free(b);
    m.open[2] = 60; m.low[2] = 60; d.stop = 0;          /* a gap through all: filled at the open, more is lost than there was */
    b = run(&m, up, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_LIQUIDATION); CHECK_NEAR(b->equity[2], 400 * 60 - 30000, 1e-12); CHECK(b->ruined); }
    lstmfc_backtest_free(b);
    m.open[2] = 90; m.high[2] = 160; d.leverage = 2;    /* a short of 200 with 30,000 in cash: 30,000 / (200 * 1.005) */
    b = run(&m, down, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_LIQUIDATION); CHECK_NEAR(b->trades[0].exit_price, 30000 / 201.0, 1e-13); CHECK_NEAR(b->equity[4], 30000 - 200 * 30000 / 201.0, 1e-11); }
    lstmfc_backtest_free(b);
    d.leverage = 0; d.maintenance = 0.25;               /* a margin asked for without leverage counts too */
    b = run(&m, down, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_LIQUIDATION); CHECK_NEAR(b->trades[0].exit_price, 20000 / 125.0, 1e-13); }
    lstmfc_backtest_free(b);
}

TEST(funding) {
    static double rates[20], one[20], minus[20];
    static lstmfc_column column;
    market m;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    size_t t;
    flat_bars(&m, 20);                                  /* hours from midnight on: 8:00 and 16:00 are bars 8 and 16 */
    for (t = 0; t < 20; t++) { one[t] = 1; minus[t] = -1; rates[t] = lstmfc_nan(); }
    d.funding = 0.001;
    b = run(&m, one, &d);
    if (b) {
        CHECK_NEAR(b->equity[7], 1000, 0); CHECK_NEAR(b->equity[8], 999, 1e-14); CHECK_NEAR(b->equity[19], 998, 1e-14);
        CHECK_NEAR(b->trades[0].funding, 2, 1e-14); CHECK_NEAR(b->trades[0].pnl, -2, 1e-14); CHECK_NEAR(b->metrics.funding, 2, 1e-14);
        CHECK_NEAR(b->fills[1].funding, 2, 1e-14); CHECK_NEAR(cash_of(b), 998, 1e-14); CHECK_NEAR(b->metrics.gross_return, 0, 0);
        CHECK_NEAR(b->hold[19], 998, 1e-14);            /* so does buy and hold */
    }
    lstmfc_backtest_free(b);
    b = run(&m, minus, &d);                             /* a short gets it */
    if (b) { CHECK_NEAR(b->equity[19], 1002, 1e-14); CHECK_NEAR(b->metrics.funding, -2, 1e-14); }
    lstmfc_backtest_free(b);
    d.funding_hours = 0.5;                              /* two of them an hour, not before the bar after the entry */
    b = run(&m, one, &d);
    if (b) { CHECK_NEAR(b->equity[1], 1000, 0); CHECK_NEAR(b->equity[2], 998, 1e-14); CHECK_NEAR(b->equity[19], 1000 - 36, 1e-13); }
    lstmfc_backtest_free(b);
    d.funding_hours = 0; d.funding = 0; d.funding_column = "rate";
    check_refusal(&m, one, &d, LSTMFC_ERROR_DATA, "there is no column rate");
    column.name = "rate"; column.values = rates; m.candles.columns = &column; m.candles.column_count = 1;
    rates[1] = 0.5; rates[3] = 0.01; rates[5] = -0.02;  /* bar 1 enters, and pays nothing at its own open */
    b = run(&m, one, &d);
    if (b) { CHECK_NEAR(b->equity[2], 1000, 0); CHECK_NEAR(b->equity[3], 990, 1e-14); CHECK_NEAR(b->equity[5], 1010, 1e-14); CHECK_TEXT(b->desc.funding_column, "rate"); }
    lstmfc_backtest_free(b);
    rates[7] = 2;
    check_refusal(&m, one, &d, LSTMFC_ERROR_DATA, "row 8 (2022-01-01T07:00:00Z): the funding rate is 2, expected -1 .. 1");
    rates[7] = 0; d.funding = 0.1;
    check_refusal(&m, one, &d, LSTMFC_ERROR_ARGUMENT, "funding and funding_column are both given");
    /* 10 units owed at 100 for an hour at 87.66 a year, which is a hundredth of 1,000; a long with leverage 3 owes 2,000 */
    d = free_desc(); d.borrow = 87.66;
    b = run(&m, minus, &d);
    if (b) { CHECK_NEAR(b->equity[1], 1000, 0); CHECK_NEAR(b->equity[2], 990, 1e-13); CHECK_NEAR(b->equity[3], 980, 1e-13); CHECK_NEAR(b->metrics.funding, 180, 1e-12); }
    lstmfc_backtest_free(b);
    d.leverage = 3; d.maintenance = LSTMFC_NONE;
    b = run(&m, one, &d);
    if (b) { CHECK_NEAR(b->equity[2], 980, 1e-13); CHECK_NEAR(b->equity[3], 980 - 0.01 * 2020, 1e-13); CHECK_NEAR(b->hold[19], 1000, 1e-13); }
    lstmfc_backtest_free(b);
    d = free_desc(); d.funding = 0.4; d.funding_hours = 1;      /* eaten up: at the third charge nothing is left */
    b = run(&m, one, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_RUIN); CHECK_INT(b->trades[0].exit_bar, 4); CHECK_NEAR(b->equity[19], -200, 1e-12); CHECK(b->ruined); }
    lstmfc_backtest_free(b);
}

/* What the second engine of tests/engine_compare.py found. */
TEST(second_engine) {
    market m;
    double targets[6] = {1, 1, 1, 1, 1, 1}, volume[6] = {1e9, 1e9, 0, 1e9, 1e9, 1e9};
    static const double turn[6] = {1, 1, -1, -1, -1, -1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    int32_t k;
    market_start(&m);                                   /* no opens: no gaps, so a level fills at itself and not at the close */
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 112, 99, 111); bar(&m, 111, 111, 111, 111);
    m.candles.open = NULL;
    d.fill = LSTMFC_FILL_SAME_CLOSE; d.take = 0.05;
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE); CHECK_INT(b->trades[0].exit_bar, 1); CHECK_NEAR(b->trades[0].exit_price, 105, 1e-14); }
    lstmfc_backtest_free(b);
    d.path = LSTMFC_PATH_COLOUR;
    check_refusal(&m, targets, &d, LSTMFC_ERROR_DATA, "needs the column open");
    d.path = 0; d.take = 0; d.stop = 0.05; targets[0] = -1;
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK_NEAR(b->trades[0].exit_price, 105, 1e-14); }
    lstmfc_backtest_free(b);
    flat_bars(&m, 6);                                   /* the other side, let go for want of volume in the open of a time stop, is asked again */
    m.candles.volume = volume;
    d = free_desc(); d.max_bars = 2; d.volume_cap = 1;
    b = run(&m, turn, &d);
    if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[0].exit_bar, 3); CHECK_INT(b->trades[1].entry_bar, 4); CHECK_INT(b->trades[1].side, -1); }
    lstmfc_backtest_free(b);
    targets[0] = 1;
    d = free_desc(); d.stop_atr = 2; d.atr_bars = 1;    /* a range of 0 puts nothing at risk */
    b = run(&m, targets, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK(lstmfc_is_nan(b->trades[0].r) && lstmfc_is_nan(b->metrics.expectancy_r)); }
    lstmfc_backtest_free(b);
    d = free_desc(); d.fee = 0.001; d.borrow = 100;     /* a stake of all the cash owes nothing, whatever rounding has left of it */
    for (k = 1; k < 50; k++) {
        size_t t;
        for (t = 0; t < 6; t++) m.open[t] = m.high[t] = m.low[t] = m.close[t] = 0.1 * k;
        b = run(&m, targets, &d);
        if (b) CHECK(!(fabs(b->trades[0].funding) > 0));
        lstmfc_backtest_free(b);
    }
}

TEST(neutral_and_path) {
    market m;
    static const double pause[5] = {1, 0, 0, -0.5, 0}, keep[5] = {1, 1, 1, 1, 1};
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    flat_bars(&m, 5);
    b = run(&m, pause, &d);
    if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[0].exit_bar, 2); }
    lstmfc_backtest_free(b);
    d.neutral = LSTMFC_NEUTRAL_HOLD;
    b = run(&m, pause, &d);
    if (b) { CHECK_INT(b->trade_count, 2); CHECK_INT(b->trades[0].exit_bar, 4); CHECK_INT(b->trades[1].side, -1); }
    lstmfc_backtest_free(b);
    d.long_only = 1;                                    /* a short that may not be is flat, not neutral */
    b = run(&m, pause, &d);
    if (b) { CHECK_INT(b->trade_count, 1); CHECK_INT(b->trades[0].exit_bar, 4); CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_SIGNAL); }
    lstmfc_backtest_free(b);

    d = free_desc(); d.stop = 0.1; d.take = 0.1;
    market_start(&m);                                   /* both are touched in a bar that falls: by its colour the high came first */
    bar(&m, 100, 100, 100, 100); bar(&m, 100, 101, 99, 100); bar(&m, 101, 120, 80, 95); bar(&m, 95, 96, 94, 95); bar(&m, 95, 96, 94, 95);
    b = run(&m, keep, &d);
    if (b) { CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP); CHECK_NEAR(b->equity[4], 900, 1e-13); }
    lstmfc_backtest_free(b);
    d.path = LSTMFC_PATH_COLOUR;
    b = run(&m, keep, &d);
    if (b) {
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE); CHECK_NEAR(b->equity[4], 1100, 1e-13);
        CHECK_NEAR(b->trades[0].mae, 0.01, 1e-12); CHECK_NEAR(b->worst[2], 1010, 1e-13);       /* the low was not seen */
    }
    lstmfc_backtest_free(b);
    m.close[2] = 101;                                   /* one that does not fall */
    b = run(&m, keep, &d);
    if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP);
    lstmfc_backtest_free(b);
    {   static const double shorts[5] = {-1, -1, -1, -1, -1};
        b = run(&m, shorts, &d);                        /* whose low came first: a short takes */
        if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_TAKE);
        lstmfc_backtest_free(b);
        m.close[2] = 95;
        b = run(&m, shorts, &d);
        if (b) CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_STOP);
        lstmfc_backtest_free(b);
    }
}

typedef struct decider { const double *targets; size_t calls, wrong; double balance; } decider;

static double decide(void *context, const lstmfc_backtest_view *view) {
    decider *r = (decider *)context;
    double held = view->cash + view->quantity * view->candles->close[view->bar];
    r->wrong += view->bar != r->calls++ || view->candles->count != view->bar + 1 || fabs(held - view->equity) > 1e-9 * fabs(held);
    r->wrong += view->quantity > 0 || view->quantity < 0
        ? !(view->trade_count && view->entry_price > 0 && view->bars_held == (int64_t)view->bar - view->trades[view->trade_count - 1].entry_bar)
        : !lstmfc_is_nan(view->entry_price) || view->bars_held != 0 || fabs(view->cash - view->equity) > 0;
    return r->targets[view->bar];
}

static double wild(void *context, const lstmfc_backtest_view *view) { return view->bar == 2 ? *(const double *)context : 0; }

static void give(void *context, size_t index, double *targets) {
    const decider *r = (const decider *)context;
    (void)index;
    memcpy(targets, r->targets, r->calls * sizeof *targets);
}

/* Rounds of random options, all of them: what was asked bar by bar is what was given at once; the log of fills, with funding counted anew
   from the bars, says what the account is at every close; and nothing depends on what comes later. */
TEST(every_option) {
    lstmfc_rng rng;
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 1500 : 15000;
    int32_t reasons[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, charged = 0;
    double out_of_range = 1.5;
    lstmfc_rng_seed(&rng, 13);
    for (round = 0; round < rounds && test_now.checks_failed < 20; round++) {
        market m, other;
        double targets[MAX_BARS], volume[MAX_BARS], rates[MAX_BARS], changed[MAX_BARS], cash, units = 0, fees = 0, paid = 0, scale = 10000;
        lstmfc_column column, twin;
        lstmfc_backtest_desc d, asked;
        lstmfc_backtest *b, *c;
        decider r;
        lstmfc_error err = {0, 0, 0, 0, {0}};
        size_t t, i, n, cut;
        random_market(&rng, &m, targets, &d);
        n = m.candles.count;
        for (t = 0; t < n; t++) {
            volume[t] = lstmfc_rng_below(&rng, 8) ? 20000 / m.close[t] * lstmfc_rng_uniform(&rng) : lstmfc_nan();
            rates[t] = lstmfc_rng_below(&rng, 3) ? lstmfc_nan() : 0.02 * (lstmfc_rng_uniform(&rng) - 0.5);
        }
        m.candles.volume = volume;
        memset(&column, 0, sizeof column);
        column.name = "rate"; column.values = rates;
        m.candles.columns = &column; m.candles.column_count = 1;
#define SOMETIMES(field, value) do { if (lstmfc_rng_below(&rng, 3) == 0) d.field = value; } while (0)
        SOMETIMES(maker_fee, lstmfc_rng_below(&rng, 2) ? 0.001 : LSTMFC_NONE);
        SOMETIMES(fee_fixed, 20 * lstmfc_rng_uniform(&rng));
        SOMETIMES(spread, 0.01 * lstmfc_rng_uniform(&rng));
        SOMETIMES(slippage_atr, 0.3 * lstmfc_rng_uniform(&rng));
        d.atr_bars = 1 + (int64_t)lstmfc_rng_below(&rng, 4);
        if (!(d.stop > 0)) SOMETIMES(stop_atr, 0.1 + lstmfc_rng_uniform(&rng));
        if (!(d.take > 0)) SOMETIMES(take_atr, 0.1 + lstmfc_rng_uniform(&rng));
        if (!(d.trail > 0)) SOMETIMES(trail_atr, 0.1 + lstmfc_rng_uniform(&rng));
        SOMETIMES(max_bars, 1 + (int64_t)lstmfc_rng_below(&rng, 6));
        SOMETIMES(volume_cap, 0.5);
        d.sizing = (int32_t)lstmfc_rng_below(&rng, 5);
        if (d.sizing == LSTMFC_SIZING_CASH) d.amount = 20000 * lstmfc_rng_uniform(&rng);
        if (d.sizing == LSTMFC_SIZING_QUANTITY) d.amount = 20000 * lstmfc_rng_uniform(&rng) / m.close[0];
        d.sizing_bars = 2 + (int64_t)lstmfc_rng_below(&rng, 4); d.kelly_trades = 2; d.annual = 8766; d.target_volatility = 5;
        SOMETIMES(leverage, 1 + 39 * lstmfc_rng_uniform(&rng));
        SOMETIMES(maintenance, lstmfc_rng_below(&rng, 2) ? 0.1 * lstmfc_rng_uniform(&rng) : LSTMFC_NONE);
        if (lstmfc_rng_below(&rng, 3) == 0) d.funding_column = "rate"; else SOMETIMES(funding, 0.02 * (lstmfc_rng_uniform(&rng) - 0.5));
        d.funding_hours = 0.5 + (double)lstmfc_rng_below(&rng, 6);
        SOMETIMES(borrow, 50 * lstmfc_rng_uniform(&rng));
        SOMETIMES(neutral, LSTMFC_NEUTRAL_HOLD);
        SOMETIMES(path, LSTMFC_PATH_COLOUR);
#undef SOMETIMES
        b = run(&m, targets, &d);
        if (!b) return;
        {   const lstmfc_candles *one = &m.candles;     /* a portfolio of one */
            const double *its = targets;
            c = lstmfc_backtest_portfolio(1, &one, &its, &d, &err);
            if (CHECK(c != NULL)) {
                CHECK(c->bars == b->bars && !memcmp(c->time, b->time, n * sizeof *b->time) && !memcmp(c->equity, b->equity, 5 * n * sizeof *b->equity));
                CHECK(c->trade_count == b->trade_count && (!b->trade_count || !memcmp(c->trades, b->trades, b->trade_count * sizeof *b->trades)));
                CHECK(c->fill_count == b->fill_count && (!b->fill_count || !memcmp(c->fills, b->fills, b->fill_count * sizeof *b->fills)));
                CHECK(!memcmp(&c->metrics, &b->metrics, sizeof b->metrics) && !memcmp(&c->hold_metrics, &b->hold_metrics, sizeof b->metrics));
                CHECK(!memcmp(&c->persistence_metrics, &b->persistence_metrics, sizeof b->metrics));
                CHECK(c->ruined == b->ruined && c->open_at_end == b->open_at_end && c->symbols == 1 && c->annual_weeks == b->annual_weeks);
            }
            lstmfc_backtest_free(c);
        }
        cash = b->desc.balance;
        for (t = 0, i = 0; t < n; t++) {
            if (units > 0 || units < 0) {
                int64_t every = (int64_t)(d.funding_hours * HOUR + 0.5), k = m.time[t] / every - m.time[t - 1] / every;
                double price = m.open[t], rate = !d.funding_column ? d.funding * (double)k : lstmfc_is_nan(rates[t]) ? 0 : rates[t], pays = rate * units * price;
                pays += d.borrow * (HOUR / (365.25 * 86400000)) * (units < 0 ? -units * price : cash < 0 ? -cash : 0);
                charged += pays > 0 || pays < 0;
                cash -= pays;
                paid += pays;
            }
            for (; i < b->fill_count && b->fills[i].bar == (int64_t)t; i++) {
                cash -= b->fills[i].quantity * b->fills[i].price + b->fills[i].fee;
                units += b->fills[i].quantity;
                fees += b->fills[i].fee;
                if (fabs(cash) > scale) scale = fabs(cash);
                CHECK(b->fills[i].fee >= 0 && b->fills[i].slippage >= 0 && b->fills[i].price >= 0);
                if (i + 1 == b->fill_count || b->fills[i + 1].trade != b->fills[i].trade) {
                    CHECK_INT(b->fills[i].reason, b->trades[b->fills[i].trade].reason);
                    CHECK(fabs(units) <= 1e-9 * fabs(b->fills[i].quantity));
                    units = 0;
                } else CHECK_INT(b->fills[i].reason, i == 0 || b->fills[i - 1].trade != b->fills[i].trade ? LSTMFC_REASON_ENTRY : LSTMFC_REASON_RESIZE);
                reasons[b->fills[i].reason]++;
            }
            CHECK_CLOSE(b->equity[t], cash + units * m.close[t], 1e-9, 1e-9 * scale);
            CHECK(b->worst[t] <= b->equity[t]);
        }
        CHECK_CLOSE(b->metrics.fees, fees, 1e-9, 0);
        CHECK_CLOSE(b->metrics.funding, paid, 1e-9, 1e-11 * scale);
        CHECK_CLOSE(cash_of(b), b->equity[n - 1], 1e-9, 1e-9 * scale);
        for (i = 0, paid = 0; i < b->trade_count; i++) {
            const lstmfc_trade *trade = &b->trades[i];
            int64_t due = d.max_bars ? trade->entry_bar + d.max_bars : INT64_MAX;
            paid += trade->funding;
            CHECK(trade->exit_bar <= due && (trade->reason != LSTMFC_EXIT_TIME || trade->exit_bar == due));
            CHECK_CLOSE(trade->pnl, trade->gross - trade->entry_fee - trade->exit_fee - trade->funding, 1e-12, 1e-12);
            if (trade->reason == LSTMFC_EXIT_LIQUIDATION) CHECK(d.leverage > 1 || d.maintenance > 0);
        }
        CHECK_CLOSE(b->metrics.funding, paid, 1e-9, 1e-11 * scale);
        {   lstmfc_sweep_row row;                       /* as one of many signals */
            r.targets = targets; r.calls = n;
            CHECK_OK(lstmfc_backtest_sweep(&m.candles, 1, give, &r, &d, &row, 1, NULL, &err), err);
            CHECK_NEAR(row.total_return, b->metrics.total_return, 0); CHECK_NEAR(row.trades, b->metrics.trades, 0);
            CHECK_NEAR(row.max_drawdown, b->metrics.max_drawdown, 0); CHECK_NEAR(row.sharpe, b->metrics.sharpe, 0);
        }
        /* asked bar by bar */
        asked = d; r.targets = targets; r.calls = r.wrong = 0;
        asked.decide = decide; asked.context = &r;
        c = lstmfc_backtest_run(&m.candles, NULL, n, &asked, &err);
        if (CHECK(c != NULL)) {
            CHECK(r.calls == n && r.wrong == 0);
            CHECK(memcmp(b->equity, c->equity, n * sizeof *b->equity) == 0 && memcmp(b->worst, c->worst, n * sizeof *b->worst) == 0);
            CHECK(memcmp(&b->metrics, &c->metrics, sizeof b->metrics) == 0);
            CHECK(b->fill_count == c->fill_count && (!b->fill_count || memcmp(b->fills, c->fills, b->fill_count * sizeof *b->fills) == 0));
        }
        lstmfc_backtest_free(c);
        /* another future */
        cut = (size_t)lstmfc_rng_below(&rng, n - 1);
        other = m;
        other.candles.time = other.time; other.candles.open = other.open; other.candles.high = other.high; other.candles.low = other.low; other.candles.close = other.close;
        {   double later_volume[MAX_BARS], later_rates[MAX_BARS];
            memcpy(changed, targets, sizeof changed); memcpy(later_volume, volume, sizeof volume); memcpy(later_rates, rates, sizeof rates);
            for (t = cut + 1; t < n; t++) {
                other.open[t] *= 7; other.high[t] *= 50; other.low[t] *= 0.01; other.close[t] *= 3;
                changed[t] = -targets[t]; later_volume[t] = 1e9; later_rates[t] = 0.9;
            }
            twin = column; twin.values = later_rates;
            other.candles.volume = later_volume; other.candles.columns = &twin;
            c = lstmfc_backtest_run(&other.candles, changed, n, &d, &err);
            if (CHECK(c != NULL)) {
                CHECK(memcmp(b->equity, c->equity, (cut + 1) * sizeof *b->equity) == 0 && memcmp(b->worst, c->worst, (cut + 1) * sizeof *b->worst) == 0);
                CHECK(memcmp(b->hold, c->hold, (cut + 1) * sizeof *b->hold) == 0 && memcmp(b->persistence, c->persistence, (cut + 1) * sizeof *b->persistence) == 0);
                for (i = 0; i < b->fill_count && b->fills[i].bar <= (int64_t)cut; i++)
                    CHECK(i < c->fill_count && memcmp(&b->fills[i], &c->fills[i], sizeof b->fills[i]) == 0);
            }
            lstmfc_backtest_free(c);
        }
        if (round == 0) {
            asked.decide = wild; asked.context = &out_of_range;
            CHECK(!lstmfc_backtest_run(&m.candles, NULL, n, &asked, &err));
            CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT); CHECK_HAS(err.message, "row 3 (2022-01-01T02:00:00Z): decide says 1.5, expected -1 .. 1 or NaN");
            CHECK(!lstmfc_backtest_run(&m.candles, targets, n, &asked, &err));
            CHECK_TEXT(err.message, "targets and decide are both given: one says it");
            CHECK_INT(lstmfc_backtest_sweep(&m.candles, 0, give, &r, &asked, NULL, 1, NULL, &err), LSTMFC_ERROR_ARGUMENT);
        }
        lstmfc_backtest_free(b);
    }
    for (round = 0; round < 10; round++) if (!CHECK(reasons[round] > rounds / 200)) printf("    %s: %d\n", lstmfc_exit_name(round), reasons[round]);
    CHECK(charged > rounds);
}

typedef struct job { const lstmfc_candles *candles; const double *targets; } job;

static lstmfc_result work(const lstmfc_env *env, void *context) {
    const job *j = (const job *)context;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest *b;
    d.env = env;
    b = lstmfc_backtest_run(j->candles, j->targets, j->candles->count, &d, &err);
    lstmfc_backtest_free(b);
    return b ? LSTMFC_OK : err.code;
}

TEST(memory) {
    static int64_t time[300];
    static double price[300], targets[300];
    lstmfc_candles candles;
    job j;
    size_t t;
    for (t = 0; t < 300; t++) { time[t] = (int64_t)t; price[t] = 100 + (double)(t * 7 % 5); targets[t] = t % 2 ? 1 : -1; }
    memset(&candles, 0, sizeof candles);
    candles.count = 300; candles.time = time; candles.open = price; candles.close = price;
    j.candles = &candles; j.targets = targets;
    torture("backtest", work, &j);      /* 300 trades: the log grows three times */
}

/* In parts, whatever their size, what _run says at once; one that is let go leaves nothing behind (the sanitizers look). */
TEST(in_parts) {
    static walk w;
    static double targets[600];
    lstmfc_backtest *whole, *parts;
    lstmfc_error err = {0};
    int32_t part;
    size_t t;
    walk_make(&w, 600, 9);
    for (t = 0; t < 600; t++) targets[t] = t % 7 < 3 ? 1 : -1;
    whole = lstmfc_backtest_run(&w.candles, targets, 600, NULL, &err);
    if (!CHECK(whole != NULL)) return;
    for (part = 1; part < 2000; part *= 3) {
        lstmfc_result result = LSTMFC_OK;
        int steps = 0;
        parts = lstmfc_backtest_start(&w.candles, targets, 600, NULL, &err);
        if (!CHECK(parts != NULL)) break;
        CHECK(lstmfc_is_nan(parts->metrics.mean_low) && !parts->pays_costs);
        for (; result == LSTMFC_OK; steps++) result = lstmfc_backtest_step(parts, part, &err);
        CHECK_INT(result, LSTMFC_DONE);
        CHECK_INT(steps, (999 + part) / part);
        CHECK(memcmp(&parts->metrics, &whole->metrics, sizeof whole->metrics) == 0 && parts->pays_costs == whole->pays_costs);
        CHECK_INT(lstmfc_backtest_step(parts, 1, &err), LSTMFC_DONE);
        lstmfc_backtest_free(parts);
    }
    parts = lstmfc_backtest_start(&w.candles, targets, 600, NULL, &err);
    CHECK_INT(lstmfc_backtest_step(parts, -1, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_backtest_step(parts, 7, &err), LSTMFC_OK);
    lstmfc_backtest_free(parts);
    lstmfc_backtest_free(whole);
}

/* Every row of LSTMFC_METRICS against programs of others (fixtures/make_metrics.py): one that none of them answers fails here, so a new
   figure comes with an independent one. */
TEST(figures_of_others) {
    enum { BARS = 840 };
    static const char *const names[] = {"open", "high", "low", "close"};
    static double price[4][BARS];
    static int64_t time[BARS];
    size_t n, k, t, count;
    const double *hour = fixture("metrics.txt", "hour", &n), *target = fixture("metrics.txt", "target", &n);
    const double *settings = fixture("metrics.txt", "settings", &k);
    const lstmfc_field *fields = lstmfc_metrics_fields(&count);
    lstmfc_backtest_desc desc;
    lstmfc_candles candles;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest *b;
    if (!CHECK(hour && target && settings && n == BARS && k == 4)) return;
    for (k = 0; k < 4; k++) {
        const double *column = fixture("metrics.txt", names[k], &n);
        if (!CHECK(column && n == BARS)) return;
        memcpy(price[k], column, sizeof price[k]);
    }
    for (t = 0; t < BARS; t++) time[t] = lstmfc_time_from_civil(2024, 1, 1) + (int64_t)hour[t] * HOUR;
    memset(&candles, 0, sizeof candles);
    candles.count = BARS; candles.time = time;
    candles.open = price[0]; candles.high = price[1]; candles.low = price[2]; candles.close = price[3];
    memset(&desc, 0, sizeof desc);
    desc.balance = settings[0]; desc.fee = settings[1]; desc.slippage = settings[2]; desc.stop = settings[3];
    desc.resamples = 100000;
    b = lstmfc_backtest_run(&candles, target, BARS, &desc, &err);
    if (!CHECK(b != NULL)) { printf("    %s\n", err.message); return; }
    for (k = 0; k < count; k++) {
        char record[64];
        const double *theirs;
        double ours = *(const double *)(const void *)((const char *)&b->metrics + fields[k].offset);
        snprintf(record, sizeof record, "figure.%s", fields[k].name);
        theirs = fixture("metrics.txt", record, &n);
        if (theirs && !CHECK_NEAR(ours, theirs[0], theirs[1])) printf("    %s\n", fields[k].name);
    }
    lstmfc_backtest_free(b);
}

/* A sweep's rows have the bits of whole backtests, and its moments those of lstmfc_moments_add, on any number of threads. */
enum { SWEEP_BARS = 211, SWEEP_SIGNALS = 19 };
typedef struct sweep_signals { double targets[SWEEP_SIGNALS][SWEEP_BARS]; } sweep_signals;
static void sweep_targets(void *context, size_t index, double *targets) {
    memcpy(targets, ((const sweep_signals *)context)->targets[index], sizeof(double) * SWEEP_BARS);
}
static sweep_signals sweep_of;
static lstmfc_result sweep_work(const lstmfc_env *env, void *context) {
    lstmfc_sweep_row rows[SWEEP_SIGNALS];
    lstmfc_backtest_desc d;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    memset(&d, 0, sizeof d);
    d.env = env;
    return lstmfc_backtest_sweep((const lstmfc_candles *)context, SWEEP_SIGNALS, sweep_targets, &sweep_of, &d, rows, 0, NULL, &err);
}

static int same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0 || (lstmfc_is_nan(a) && lstmfc_is_nan(b)); }

TEST(sweep) {
    static walk w;
    lstmfc_rng rng;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_sweep_row rows[SWEEP_SIGNALS], again[SWEEP_SIGNALS];
    lstmfc_moments moments[SWEEP_SIGNALS][16];
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 30 : 200, blocks, b;
    size_t i, t, traded = 0;
    lstmfc_rng_seed(&rng, 5);
    for (round = 0; round < rounds; round++) {
        lstmfc_backtest_desc d;
        lstmfc_env env;
        memset(&d, 0, sizeof d);
        memset(&env, 0, sizeof env);
        walk_make(&w, SWEEP_BARS, (uint64_t)round);
        d.resamples = 100; d.env = &env;
        if (lstmfc_rng_below(&rng, 2)) d.stop = 0.001 + 0.03 * lstmfc_rng_uniform(&rng);
        if (lstmfc_rng_below(&rng, 2)) d.take = 0.001 + 0.03 * lstmfc_rng_uniform(&rng);
        if (lstmfc_rng_below(&rng, 2)) d.trail = 0.001 + 0.03 * lstmfc_rng_uniform(&rng);
        if (lstmfc_rng_below(&rng, 3) == 0) d.fee = d.slippage = LSTMFC_NONE;
        if (lstmfc_rng_below(&rng, 3) == 0) { d.fee = 0.4; d.size = 0.7; }
        d.reenter = (int32_t)lstmfc_rng_below(&rng, 2); d.fill = lstmfc_rng_below(&rng, 4) == 0; d.annual = lstmfc_rng_below(&rng, 2) ? 252 : 0;
        if (round % 2) {                                /* and the further rows, a few at a time */
            if (lstmfc_rng_below(&rng, 4) == 0) d.fee_fixed = 3;
            if (lstmfc_rng_below(&rng, 4) == 0) d.spread = 0.001;
            if (lstmfc_rng_below(&rng, 4) == 0) d.slippage_atr = 0.2;
            if (lstmfc_rng_below(&rng, 4) == 0 && !(d.stop > 0)) d.stop_atr = 1.5;
            if (lstmfc_rng_below(&rng, 4) == 0 && !(d.trail > 0)) d.trail_atr = 2;
            if (lstmfc_rng_below(&rng, 4) == 0) d.max_bars = 1 + (int64_t)lstmfc_rng_below(&rng, 9);
            if (lstmfc_rng_below(&rng, 4) == 0) d.leverage = 5;
            if (lstmfc_rng_below(&rng, 4) == 0) d.funding = 0.001;
            if (lstmfc_rng_below(&rng, 4) == 0) d.borrow = 0.3;
            if (lstmfc_rng_below(&rng, 4) == 0) d.volume_cap = 0.01;
            if (lstmfc_rng_below(&rng, 4) == 0) d.sizing = LSTMFC_SIZING_VOLATILITY;
            else if (lstmfc_rng_below(&rng, 4) == 0) { d.sizing = LSTMFC_SIZING_KELLY; d.kelly_trades = 3; }
            d.neutral = lstmfc_rng_below(&rng, 4) == 0; d.path = lstmfc_rng_below(&rng, 4) == 0;
        }
        for (i = 0; i < SWEEP_SIGNALS; i++) {
            double wanted = 0, change = lstmfc_rng_uniform(&rng), sizes = (double)lstmfc_rng_below(&rng, 2);
            for (t = 0; t < SWEEP_BARS; t++) {
                if (lstmfc_rng_uniform(&rng) < change * change)
                    wanted = i == 3 ? 0 : sizes > 0 ? 2 * lstmfc_rng_uniform(&rng) - 1 : (double)lstmfc_rng_below(&rng, 3) - 1;
                sweep_of.targets[i][t] = lstmfc_rng_below(&rng, 40) ? wanted : lstmfc_nan();
            }
        }
        blocks = 1 + (int32_t)lstmfc_rng_below(&rng, 16);
        if (!CHECK_OK(lstmfc_backtest_sweep(&w.candles, SWEEP_SIGNALS, sweep_targets, &sweep_of, &d, rows, blocks, &moments[0][0], &err), err)) return;
        for (i = 0; i < SWEEP_SIGNALS; i++) {
            lstmfc_backtest *whole = lstmfc_backtest_start(&w.candles, sweep_of.targets[i], SWEEP_BARS, &d, &err);
            const lstmfc_metrics *m = &whole->metrics;
            lstmfc_moments part[16];
            CHECK(same_bits(rows[i].total_return, m->total_return) && same_bits(rows[i].sharpe, m->sharpe) && same_bits(rows[i].calmar, m->calmar)
                  && same_bits(rows[i].max_drawdown, m->max_drawdown) && same_bits(rows[i].trades, m->trades) && same_bits(rows[i].annual, m->annual));
            memset(part, 0, sizeof part);
            for (t = 1; t < SWEEP_BARS; t++)
                lstmfc_moments_add(&part[(t - 1) * (size_t)blocks / (SWEEP_BARS - 1)],
                                   lstmfc__equity_return(t > 1 ? whole->equity[t - 1] : whole->desc.balance, whole->equity[t]));
            for (b = 0; b < blocks; b++) {
                const lstmfc_moments *mine = &moments[0][0] + i * (size_t)blocks + (size_t)b;
                CHECK(mine->count == part[b].count && same_bits(mine->mean, part[b].mean) && same_bits(mine->m2, part[b].m2));
            }
            traded += whole->trade_count;
            lstmfc_backtest_free(whole);
        }
        env.threads = LSTMFC__THREADS ? 1 + round % 4 : 1;
        CHECK_OK(lstmfc_backtest_sweep(&w.candles, SWEEP_SIGNALS - 2, sweep_targets, &sweep_of, &d, again, 0, NULL, &err), err);
        CHECK(memcmp(rows, again, (SWEEP_SIGNALS - 2) * sizeof rows[0]) == 0);
    }
    CHECK(traded > 100 * (size_t)rounds);
    sweep_of.targets[17][7] = 1.5;                      /* the first of two that are wrong, whichever thread meets it */
    sweep_of.targets[5][9] = -3;
    CHECK_INT(lstmfc_backtest_sweep(&w.candles, SWEEP_SIGNALS, sweep_targets, &sweep_of, NULL, rows, 0, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "signal number 5: row 10 (");
    CHECK_HAS(err.message, "signal is -3, expected -1 .. 1");
    CHECK_INT(lstmfc_backtest_sweep(&w.candles, 2, sweep_targets, &sweep_of, NULL, rows, 0, &moments[0][0], &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_backtest_sweep(&w.candles, 2, NULL, &sweep_of, NULL, rows, 0, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_backtest_sweep(&w.candles, 0, sweep_targets, &sweep_of, NULL, rows, 0, NULL, &err), LSTMFC_OK);
    w.candles.count = 1;
    CHECK_INT(lstmfc_backtest_sweep(&w.candles, 2, sweep_targets, &sweep_of, NULL, rows, 0, NULL, &err), LSTMFC_ERROR_DATA);
    walk_make(&w, SWEEP_BARS, 1);
    sweep_of.targets[5][9] = sweep_of.targets[17][7] = 0;
    torture("sweep", sweep_work, &w.candles);
}

/* ---- several series from one purse ---- */

enum { SERIES = 4 };
typedef struct basket {
    market m[SERIES];
    double targets[SERIES][MAX_BARS];
    const lstmfc_candles *candles[SERIES];
    const double *orders[SERIES];
    size_t count;
} basket;

/* Series whose times have gaps of their own. */
static void random_basket(lstmfc_rng *rng, basket *k, lstmfc_backtest_desc *d, size_t count) {
    size_t i, t, n;
    k->count = count;
    for (i = 0; i < count; i++) {
        market *m = &k->m[i];
        lstmfc_backtest_desc other;
        random_market(rng, m, k->targets[i], i ? &other : d);
        n = m->candles.count;
        for (t = 1; t < n; t++) m->time[t] = m->time[t - 1] + HOUR * (1 + (lstmfc_rng_below(rng, 4) == 0));
        k->candles[i] = &m->candles;
        k->orders[i] = k->targets[i];
    }
    d->annual = 8766;
}

static lstmfc_backtest *run_basket(const basket *k, const lstmfc_backtest_desc *d) {
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest *b = lstmfc_backtest_portfolio(k->count, k->candles, k->orders, d, &err);
    if (!CHECK(b != NULL)) printf("    %s\n", err.message);
    return b;
}

/* Money and what is held, counted from the log of fills, are the equity of every row; what comes later changes nothing before; and shares
   of the equity stay within leverage. */
TEST(portfolio_books) {
    lstmfc_rng rng;
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 500 : 5000, several = 0, cut_at = 0, volatile_ones = 0;
    lstmfc_rng_seed(&rng, 29);
    for (round = 0; round < rounds && test_now.checks_failed < 20; round++) {
        basket k;
        lstmfc_backtest_desc d;
        lstmfc_backtest *b, *c;
        double units[SERIES] = {0, 0, 0, 0}, price[SERIES] = {0, 0, 0, 0}, cash, scale = 0, funding = 0;
        size_t row[SERIES] = {0, 0, 0, 0}, t, i, f = 0, cut;
        random_basket(&rng, &k, &d, 1 + (size_t)lstmfc_rng_below(&rng, SERIES));
        if (lstmfc_rng_below(&rng, 2)) { d.weights = LSTMFC_WEIGHTS_VOLATILITY; d.sizing_bars = 2 + (int64_t)lstmfc_rng_below(&rng, 5); volatile_ones++; }
        if (lstmfc_rng_below(&rng, 3) == 0) d.leverage = 1 + 9 * lstmfc_rng_uniform(&rng);
        if (lstmfc_rng_below(&rng, 3) == 0) { d.borrow = 10 * lstmfc_rng_uniform(&rng); d.funding = 0.01 * (lstmfc_rng_uniform(&rng) - 0.5); d.funding_hours = 2; }
        b = run_basket(&k, &d);
        if (!b) return;
        cash = b->desc.balance;
        for (t = 0; t < b->bars; t++) {
            double worth = 0, gross = 0;
            int held = 0;
            for (; f < b->fill_count && b->fills[f].time == b->time[t]; f++) {
                const lstmfc_fill *fill = &b->fills[f];
                if (fabs(fill->quantity * fill->price) > scale) scale = fabs(fill->quantity * fill->price);
                cash -= fill->quantity * fill->price + fill->fee + fill->funding;
                funding += fill->funding;
                units[fill->symbol] += fill->quantity;
                if (b->trades[fill->trade].reason >= 0 && fill->reason != LSTMFC_REASON_ENTRY && fill->reason != LSTMFC_REASON_RESIZE) units[fill->symbol] = 0;
                CHECK(b->trades[fill->trade].symbol == fill->symbol && k.m[fill->symbol].time[fill->bar] == fill->time);
            }
            for (i = 0; i < k.count; i++) {
                if (row[i] < k.m[i].candles.count && k.m[i].time[row[i]] == b->time[t]) price[i] = k.m[i].close[row[i]++];
                worth += units[i] * price[i];
                gross += fabs(units[i] * price[i]);
                held += units[i] > 0 || units[i] < 0;
            }
            several += held > 1;
            if (!(d.borrow > 0)) CHECK_CLOSE(cash + worth, b->equity[t], 1e-9, 1e-9 * (scale + 1e4));
            if (!(d.borrow > 0) && b->equity[t] > 1) CHECK_CLOSE(worth / b->equity[t], b->position[t], 1e-8, 1e-8 * (1 + gross / b->equity[t]));
            CHECK(!(b->worst[t] > b->equity[t]));
        }
        CHECK(f == b->fill_count);
        CHECK_CLOSE(cash, b->equity[b->bars - 1], 1e-9, 1e-9 * (scale + 1e4));
        for (i = 0, cash = 0; i < b->trade_count; i++) cash += b->trades[i].pnl;
        CHECK_CLOSE(b->desc.balance + cash, b->equity[b->bars - 1], 1e-9, 1e-9 * (scale + 1e4));
        CHECK_CLOSE(funding, b->metrics.funding, 1e-9, 1e-9 * scale);
        cut = 1 + (size_t)lstmfc_rng_below(&rng, b->bars - 1);          /* other prices and orders from there on */
        for (i = 0; i < k.count; i++)
            for (t = 0; t < k.m[i].candles.count; t++) {
                double by = 0.2 + 2 * lstmfc_rng_uniform(&rng);
                if (k.m[i].time[t] < b->time[cut]) continue;
                k.m[i].open[t] *= by; k.m[i].high[t] *= by; k.m[i].low[t] *= by; k.m[i].close[t] *= by;
                k.targets[i][t] = -k.targets[i][t];
            }
        c = run_basket(&k, &d);
        if (c && CHECK(c->bars == b->bars)) {
            CHECK(!memcmp(c->equity, b->equity, cut * sizeof *b->equity) && !memcmp(c->worst, b->worst, cut * sizeof *b->equity));
            CHECK(!memcmp(c->position, b->position, cut * sizeof *b->equity) && !memcmp(c->hold, b->hold, cut * sizeof *b->equity));
            CHECK(!memcmp(c->persistence, b->persistence, cut * sizeof *b->equity));
            for (f = 0; f < b->fill_count && f < c->fill_count && b->fills[f].time < b->time[cut]; f++) CHECK(!memcmp(&c->fills[f], &b->fills[f], sizeof *b->fills));
            cut_at += (int32_t)f;
        }
        lstmfc_backtest_free(b);
        lstmfc_backtest_free(c);
    }
    CHECK(several > rounds && cut_at > rounds && volatile_ones > rounds / 4);
}

/* Two halves of one series are the series; and while the money lasts the order of the series is a matter of their numbers alone. */
TEST(portfolio_order) {
    lstmfc_rng rng;
    int32_t round, rounds = getenv("LSTMFC_QUICK") ? 500 : 5000, traded = 0;
    lstmfc_rng_seed(&rng, 31);
    for (round = 0; round < rounds && test_now.checks_failed < 20; round++) {
        basket k, other;
        lstmfc_backtest_desc d;
        lstmfc_backtest *b, *c;
        size_t t, i;
        random_basket(&rng, &k, &d, 1);
        d.size = 0.5;                                   /* far from ruin, of which the two would not go at once */
        d.long_only = 1;
        other = k;
        other.count = 2;
        for (i = 0; i < 2; i++) { other.candles[i] = &k.m[0].candles; other.orders[i] = k.targets[0]; }
        b = run_basket(&k, &d);
        c = run_basket(&other, &d);
        if (!b || !c) return;
        if (CHECK(c->bars == b->bars && c->trade_count == 2 * b->trade_count && c->fill_count == 2 * b->fill_count))
            for (t = 0; t < b->bars; t++) {
                CHECK_NEAR(c->equity[t], b->equity[t], 1e-11);
                CHECK_NEAR(c->worst[t], b->worst[t], 1e-11);
                CHECK_CLOSE(c->position[t], b->position[t], 1e-10, 1e-12);
                CHECK_NEAR(c->hold[t], b->hold[t], 1e-11);
                CHECK_NEAR(c->persistence[t], b->persistence[t], 1e-11);
            }
        traded += (int32_t)b->trade_count;
        lstmfc_backtest_free(b);
        lstmfc_backtest_free(c);
        random_basket(&rng, &k, &d, SERIES);
        d.size = 0.05;                                  /* of all, so that there is always enough for the others */
        d.leverage = 2;
        if (round % 2) { d.weights = LSTMFC_WEIGHTS_VOLATILITY; d.sizing_bars = 3; }
        b = run_basket(&k, &d);
        for (i = 0; i < SERIES; i++) { other.candles[i] = &k.m[(i + 1) % SERIES].candles; other.orders[i] = k.targets[(i + 1) % SERIES]; }
        other.count = SERIES;
        c = run_basket(&other, &d);
        if (!b || !c) return;
        if (!b->ruined && CHECK(c->trade_count == b->trade_count)) {
            for (t = 0; t < b->bars; t++) {
                CHECK_NEAR(c->equity[t], b->equity[t], 1e-9);
                CHECK_NEAR(c->worst[t], b->worst[t], 1e-9);
            }
            for (i = 0; i < SERIES; i++) {
                double mine = 0, theirs = 0;
                for (t = 0; t < b->trade_count; t++) {
                    if (b->trades[t].symbol == (int64_t)((i + 1) % SERIES)) mine += b->trades[t].pnl;
                    if (c->trades[t].symbol == (int64_t)i) theirs += c->trades[t].pnl;
                }
                CHECK_CLOSE(theirs, mine, 1e-8, 1e-7);
            }
        }
        lstmfc_backtest_free(b);
        lstmfc_backtest_free(c);
    }
    CHECK(traded > rounds);
}

/* By hand: two series of 1000 in all without costs. */
TEST(portfolio_by_hand) {
    basket k;
    lstmfc_backtest_desc d = free_desc();
    lstmfc_backtest *b;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    size_t i;
    static const double keep[4] = {1, 1, 1, 1}, late[4] = {0, 1, 1, 1}, sells[4] = {-1, -1, -1, -1};
    memset(&k, 0, sizeof k);
    k.count = 2;
    for (i = 0; i < 2; i++) { market_start(&k.m[i]); k.candles[i] = &k.m[i].candles; }
    k.orders[0] = keep; k.orders[1] = late;
    bar(&k.m[0], 100, 100, 100, 100); bar(&k.m[0], 100, 200, 90, 200); bar(&k.m[0], 200, 200, 200, 200); bar(&k.m[0], 200, 200, 180, 180);
    bar(&k.m[1], 10, 10, 10, 10); bar(&k.m[1], 10, 10, 10, 10); bar(&k.m[1], 10, 11, 5, 10); bar(&k.m[1], 10, 10, 8, 8);
    b = run_basket(&k, &d);
    if (b) {                                            /* 5 units at 100; then 1500, of which 750 would be half and 500 are left: 50 at 10 */
        CHECK_INT(b->trade_count, 2);
        CHECK_NEAR(b->trades[0].quantity, 5, 1e-15); CHECK_NEAR(b->trades[1].quantity, 50, 1e-15);
        CHECK_INT(b->trades[1].symbol, 1); CHECK_INT(b->trades[1].entry_bar, 2);
        CHECK_NEAR(b->worst[1], 950, 1e-15); CHECK_NEAR(b->equity[1], 1500, 1e-15);
        CHECK_NEAR(b->worst[2], 1250, 1e-15); CHECK_NEAR(b->equity[3], 1300, 1e-15);
        CHECK_NEAR(b->position[2], 1, 1e-15); CHECK_NEAR(b->metrics.exposure, 0.5, 1e-15);
        CHECK_NEAR(b->hold[3], 1300, 1e-15);            /* 5 of the one and 50 of the other */
        CHECK(b->open_at_end && !b->ruined);
    }
    lstmfc_backtest_free(b);
    k.orders[1] = sells;                                /* a loss of 400 of the one is a ruin of neither, but at 1000 of both it is */
    k.m[1].high[2] = 24;
    d.maintenance = 0.1; d.leverage = 2;
    b = run_basket(&k, &d);
    if (b) {                                            /* short 100 at 10, long 10 at 100: at 200 equity 2000; 100 p = 3000 - 0.1 (2000 + 100 p) */
        CHECK_INT(b->trade_count, 2);
        CHECK_INT(b->trades[1].reason, LSTMFC_EXIT_END);
    }
    lstmfc_backtest_free(b);
    k.m[1].high[2] = 26;
    b = run_basket(&k, &d);
    if (b) {
        CHECK_INT(b->trades[1].reason, LSTMFC_EXIT_LIQUIDATION);
        CHECK_NEAR(b->trades[1].exit_price, 2800 / 110.0, 1e-14);
        CHECK_INT(b->trades[0].reason, LSTMFC_EXIT_END);
    }
    lstmfc_backtest_free(b);
    d = free_desc();
    d.weights = LSTMFC_WEIGHTS_VOLATILITY;
    CHECK(!lstmfc_backtest_run(k.candles[0], keep, 4, &d, &err)); CHECK_HAS(err.message, "weights");
    d.sizing = LSTMFC_SIZING_CASH; d.amount = 1;
    CHECK(!lstmfc_backtest_portfolio(2, k.candles, k.orders, &d, &err)); CHECK_HAS(err.message, "weights");
    d = free_desc();
    CHECK(!lstmfc_backtest_portfolio(0, k.candles, k.orders, &d, &err)); CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
    k.m[1].low[2] = 0;
    CHECK(!lstmfc_backtest_portfolio(2, k.candles, k.orders, &d, &err)); CHECK_HAS(err.message, "series number 1: row 3"); CHECK_INT(err.line, 3);
    k.m[1].low[2] = 5;
    d.decide = wild;
    CHECK(!lstmfc_backtest_portfolio(2, k.candles, k.orders, &d, &err)); CHECK_HAS(err.message, "decide");
    k.orders[1] = NULL; d.decide = NULL;
    CHECK(!lstmfc_backtest_portfolio(2, k.candles, k.orders, &d, &err)); CHECK_HAS(err.message, "targets");
}

int main(void) {
    RUN(sweep);
    RUN(signals);
    RUN(one_trade);
    RUN(reversal_and_keep);
    RUN(last_decision);
    RUN(stops);
    RUN(trailing);
    RUN(ruin);
    RUN(same_close);
    RUN(metrics);
    RUN(trade_metrics);
    RUN(deviation_of_rounding);
    RUN(held_with_a_pause);
    RUN(nothing_returned);
    RUN(bars_per_year);
    RUN(days_after_ruin);
    RUN(touched_is_hit);
    RUN(every_touch);
    RUN(levels_in_ticks);
    RUN(resizing);
    RUN(ties);
    RUN(no_resizing);
    RUN(ledger);
    RUN(properties);
    RUN(break_even);
    RUN(fees_and_spread);
    RUN(ranges);
    RUN(time_stop);
    RUN(volume_cap);
    RUN(sizings);
    RUN(leverage);
    RUN(funding);
    RUN(second_engine);
    RUN(neutral_and_path);
    RUN(every_option);
    RUN(portfolio_books);
    RUN(portfolio_order);
    RUN(portfolio_by_hand);
    RUN(verdict);
    RUN(refusals);
    RUN(memory);
    RUN(in_parts);
    RUN(figures_of_others);
    return test_end();
}
