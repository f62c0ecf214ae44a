/* Lets stat_compare.py call the library: reads records (fixture format) from a file, prints records.
     stat_driver backtest CSV ARRAYS [name=value ...]     uses record targets
     stat_driver statistics ARRAYS                        probability label loss_model loss_baseline returns fit(first,end) */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "volatility.h"
#include "test.h"

static void print_array(const char *name, const double *x, size_t n) {
    size_t i;
    printf("%s %lu\n", name, (unsigned long)n);
    for (i = 0; i < n; i++) printf("%.17g\n", x[i]);
}

static void print_figures(const char *prefix, const void *figures, const lstmfc_field *fields, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) printf("%s.%s 1\n%.17g\n", prefix, fields[i].name, *(const double *)((const char *)figures + fields[i].offset));
}

static int fail(const lstmfc_error *err) { fprintf(stderr, "%s\n", err->message); return 1; }

static int backtest(int argc, char **argv) {
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_backtest_desc desc;
    lstmfc_candles *candles = lstmfc_candles_load_csv(argv[2], NULL, &err);
    lstmfc_backtest *b;
    size_t n, fields_count, i, k;
    const lstmfc_field *fields = lstmfc_backtest_desc_fields(&fields_count);
    const double *targets = fixture(argv[3], "targets", &n);
    int a;
    if (!candles) return fail(&err);
    memset(&desc, 0, sizeof desc);
    for (a = 4; a < argc; a++) {
        char *value = strchr(argv[a], '=');
        if (!value) return 2;
        *value++ = 0;
        for (k = 0; k < fields_count; k++)
            if (!strcmp(fields[k].name, argv[a]) && lstmfc_field_set(&desc, &fields[k], value, &err) != LSTMFC_OK) return fail(&err);
    }
    b = lstmfc_backtest_run(candles, targets, n, &desc, &err);
    if (!b) return fail(&err);
    print_array("equity", b->equity, n);
    print_array("worst", b->worst, n);
    print_array("position", b->position, n);
    print_array("hold", b->hold, n);
    print_array("persistence", b->persistence, n);
    printf("trades %lu\n", (unsigned long)(b->trade_count * 16));
    for (i = 0; i < b->trade_count; i++) {
        const lstmfc_trade *t = &b->trades[i];
        printf("%lld %lld %d %d %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %lld\n", (long long)t->entry_bar, (long long)t->exit_bar, (int)t->side,
               (int)t->reason, t->quantity, t->entry_price, t->exit_price, t->entry_fee, t->exit_fee, t->slippage, t->gross, t->pnl, t->mae, t->mfe, t->r,
               (long long)t->resizes);
    }
    fields = lstmfc_metrics_fields(&fields_count);
    print_figures("strategy", &b->metrics, fields, fields_count);
    print_figures("hold", &b->hold_metrics, fields, fields_count);
    print_figures("persistence", &b->persistence_metrics, fields, fields_count);
    lstmfc_backtest_free(b);
    lstmfc_candles_free(candles);
    return 0;
}

static int statistics(char **argv) {
    lstmfc_error err = {0, 0, 0, 0, {0}};
    size_t n, m, k, count;
    const double *probability = fixture(argv[2], "probability", &n), *label = fixture(argv[2], "label", &n);
    const double *model = fixture(argv[2], "loss_model", &k), *baseline = fixture(argv[2], "loss_baseline", &k);
    const double *returns = fixture(argv[2], "returns", &m), *fit = fixture(argv[2], "fit", &k);
    lstmfc_direction direction;
    lstmfc_comparison comparison;
    lstmfc_bootstrap interval;
    const lstmfc_field *fields;
    double *out = (double *)malloc(m * sizeof *out), parameters[4];
    if (lstmfc_direction_of(n, probability, label, 0, 0, NULL, &direction, &err) != LSTMFC_OK) return fail(&err);
    fields = lstmfc_direction_fields(&count);
    print_figures("direction", &direction, fields, count);
    fields = lstmfc_comparison_fields(&count);
    lstmfc_compare(n, model, baseline, 1, &comparison);
    print_figures("compare1", &comparison, fields, count);
    lstmfc_compare(n, model, baseline, 24, &comparison);
    print_figures("compare24", &comparison, fields, count);
    if (lstmfc_bootstrap_mean(n, model, 24, 2000, 0.9, 5, NULL, &interval, &err) != LSTMFC_OK) return fail(&err);
    printf("bootstrap 4\n%.17g %.17g %.17g %.17g\n", interval.mean, interval.se, interval.low, interval.high);
    ewma_volatility(m, returns, out);
    print_array("ewma", out, m);
    if (har_volatility(m, returns, 24, (size_t)fit[0], (size_t)fit[1], out, parameters, NULL, &err) != LSTMFC_OK) return fail(&err);
    print_array("har_coefficients", parameters, 4);
    print_array("har", out, m);
    if (garch_volatility(m, returns, 24, (size_t)fit[0], (size_t)fit[1], out, parameters, &err) != LSTMFC_OK) return fail(&err);
    print_array("garch_parameters", parameters, 3);
    print_array("garch", out, m);
    free(out);
    return 0;
}

int main(int argc, char **argv) {
    int code = 2;
    if (argc >= 4 && !strcmp(argv[1], "backtest")) code = backtest(argc, argv);
    else if (argc == 3 && !strcmp(argv[1], "statistics")) code = statistics(argv);
    while (test_now.fixture_count) free(test_now.fixtures[--test_now.fixture_count]);
    return code;
}
