/* Chapter 16 against SciPy and written-out NumPy (fixtures/statistics.txt), brute force, and cases done by hand. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "volatility.h"

static const double *record(const char *name, size_t *n) { return fixture("statistics.txt", name, n); }

TEST(distributions) {
    /* n, hits, level; Clopper and Pearson's ends as quantiles of the beta distribution, by SciPy */
    static const double exact[][5] = {
        {10, 7, 0.95, 0.34754714994000274, 0.93326048882226553}, {1, 0, 0.9, 0, 0.94999999999999996}, {1, 1, 0.9, 0.049999999999999989, 1},
        {250, 231, 0.95, 0.88385947336321802, 0.95362476233482718}, {1200, 1084, 0.95, 0.88519506281397131, 0.91946501719608154},
        {100000, 90123, 0.99, 0.89877563510971881, 0.90364608674287339}, {30, 30, 0.5, 0.9548416039104165, 1},
        {7, 0, 0.999, 0, 0.66238301567492774}, {1000000, 999990, 0.95, 0.99998160972110872, 0.99999520460122249}};
    size_t n, i;
    const double *x = record("normal_cdf", &n);
    for (i = 0; x && i + 1 < n; i += 2) CHECK_CLOSE(lstmfc_normal_cdf(x[i]), x[i + 1], 1e-12, 1e-15);
    x = record("normal_quantile", &n);
    for (i = 0; x && i + 1 < n; i += 2) CHECK_NEAR(lstmfc_normal_quantile(x[i]), x[i + 1], 1e-12);
    CHECK(lstmfc_normal_quantile(0) < -1e300 && lstmfc_normal_quantile(1) > 1e300);
    CHECK(lstmfc_is_nan(lstmfc_normal_quantile(-0.1)) && lstmfc_is_nan(lstmfc_normal_quantile(lstmfc_nan())));
    x = record("log_gamma", &n);
    for (i = 0; x && i + 1 < n; i += 2) CHECK_CLOSE(lstmfc__log_gamma(x[i]), x[i + 1], 1e-13, 1e-14);
    CHECK(lstmfc_is_nan(lstmfc__log_gamma(0)));
    x = record("incomplete_beta", &n);
    for (i = 0; x && i + 3 < n; i += 4) CHECK_CLOSE(lstmfc__beta_tail(x[i], x[i + 1], x[i + 2], 1 - x[i + 2], x[i + 1] * x[i + 2] - x[i] * (1 - x[i + 2])),
                                                            x[i + 3], 1e-10, 1e-15);
    x = record("student_cdf", &n);
    for (i = 0; x && i + 2 < n; i += 3) CHECK_CLOSE(lstmfc__student_cdf(x[i], x[i + 1]), x[i + 2], 1e-12, 1e-300);
    CHECK_NEAR(lstmfc__student_cdf(-lstmfc_normal_quantile(0), 4), 1, 0);
    x = record("binomial", &n);
    for (i = 0; x && i + 6 < n; i += 7) {
        double low, high;
        int64_t size = (int64_t)x[i], hits = (int64_t)x[i + 1];
        CHECK_CLOSE(lstmfc__binomial_tail(size, hits, x[i + 2], 0), x[i + 3], 1e-12, 0);
        CHECK_CLOSE(lstmfc__binomial_tail(size, hits, x[i + 2], 0) + lstmfc__binomial_tail(size, hits, x[i + 2], 1), 1, 1e-12, 0);
        CHECK_CLOSE(lstmfc__binomial_two_sided(size, hits, x[i + 2]), x[i + 4], 1e-12, 0);
        lstmfc_wilson(size, hits, 0.95, &low, &high);
        CHECK_CLOSE(low, x[i + 5], 1e-10, 1e-15);
        CHECK_NEAR(high, x[i + 6], 1e-10);
    }
    /* far tails: binomial_compare.py sums them; these are its decimals */
    CHECK_CLOSE(lstmfc__binomial_two_sided(200000, 108750, 0.5035), 3.0843495507811747e-284, 1e-12, 0);
    CHECK_CLOSE(lstmfc__binomial_two_sided(1000000, 490000, 0.5), 5.5443632876992246e-89, 1e-12, 0);
    CHECK_CLOSE(lstmfc__binomial_tail(1000000, 538984, 0.521, 0), 1.9743122808543446e-284, 1e-12, 0);
    CHECK_NEAR(lstmfc__binomial_tail(5, 0, 0.3, 0), 1, 0);
    CHECK_NEAR(lstmfc__binomial_tail(5, 6, 0.3, 0), 0, 0);
    CHECK_NEAR(lstmfc__binomial_tail(5, 2, 0, 0), 0, 0);
    CHECK_NEAR(lstmfc__binomial_tail(5, 2, 1, 0), 1, 0);
    CHECK_NEAR(lstmfc__binomial_tail(5, 2, 0, 1), 1, 0);
    CHECK_NEAR(lstmfc__binomial_tail(5, 2, 1, 1), 0, 0);
    CHECK(lstmfc_is_nan(lstmfc__binomial_tail(5, 2, 1.5, 0)) && lstmfc_is_nan(lstmfc__student_cdf(1, 0)) && lstmfc_is_nan(lstmfc__student_cdf(lstmfc_nan(), 3)));
    for (i = 0; i < sizeof exact / sizeof *exact; i++) {
        double low, high;
        lstmfc_binomial_interval((int64_t)exact[i][0], (int64_t)exact[i][1], exact[i][2], &low, &high);
        CHECK_CLOSE(low, exact[i][3], 1e-12, 0);
        CHECK_CLOSE(high, exact[i][4], 1e-12, 0);
        lstmfc_binomial_interval((int64_t)exact[i][0], -1, exact[i][2], &low, &high);
        CHECK(lstmfc_is_nan(low) && lstmfc_is_nan(high));
    }
    CHECK_NEAR(lstmfc__binomial_two_sided(5, 0, 0), 1, 0);
    CHECK_NEAR(lstmfc__binomial_two_sided(5, 5, 1), 1, 0);
}

TEST(sorting) {
    double x[300], pairs[200];
    lstmfc_rng rng;
    size_t n, i;
    lstmfc_rng_seed(&rng, 3);
    for (n = 0; n <= 300; n += n < 8 ? 1 : 73) {
        double sum = 0, after = 0;
        for (i = 0; i < n; i++) sum += x[i] = (double)lstmfc_rng_below(&rng, 50);
        lstmfc_sort(n, x);
        for (i = 0; i < n; i++) after += x[i];
        for (i = 1; i < n; i++) CHECK(x[i - 1] <= x[i]);
        CHECK(sum == after);
        if (!n) continue;
        {   /* the least of them in front, the others behind */
            double y[300];
            size_t least = 1 + (size_t)lstmfc_rng_below(&rng, n);
            for (i = 0; i < n; i++) y[i] = x[(i * 7 + 3) % n];          /* n is no multiple of 7 */
            if (n % 7) lstmfc__sort_least(n, y, least); else memcpy(y, x, sizeof y);
            for (i = 0, after = 0; i < n; i++) { CHECK(i < least ? y[i] == x[i] : y[i] >= x[least - 1]); after += y[i]; }
            CHECK(sum == after);
        }
    }
    for (i = 0; i < 100; i++) { pairs[2 * i] = lstmfc_rng_uniform(&rng); pairs[2 * i + 1] = 3 * pairs[2 * i]; }
    lstmfc__sort_records(100, 2, pairs);
    for (i = 0; i < 100; i++) CHECK(pairs[2 * i + 1] == 3 * pairs[2 * i] && (i == 0 || pairs[2 * i - 2] <= pairs[2 * i]));
    x[0] = 1; x[1] = 2; x[2] = 4;
    CHECK_NEAR(lstmfc_quantile_sorted(3, x, 0.25), 1.5, 0);
    CHECK_NEAR(lstmfc_quantile_sorted(3, x, 0.75), 3, 0);
    CHECK_NEAR(lstmfc_quantile_sorted(3, x, 1), 4, 0);
    CHECK(lstmfc_is_nan(lstmfc_quantile_sorted(0, x, 0.5)));
}

TEST(errors) {
    size_t n, m, k, i, count;
    const double *truth = record("truth", &n), *forecast = record("forecast", &n), *previous = record("previous", &n);
    const double *train = record("train", &m), *expected = record("errors", &k), *one;
    const lstmfc_field *fields = lstmfc_errors_fields(&count);
    lstmfc_errors errors;
    double with_gap[200], gap_truth[200];
    if (!truth || !forecast || !previous || !train || !expected) return;
    lstmfc_errors_of(n, truth, forecast, &errors);
    CHECK_INT(count, k);
    for (i = 0; i < count; i++) CHECK_NEAR(*(const double *)((const char *)&errors + fields[i].offset), expected[i], 1e-11);
    one = record("mase", &k);
    if (one) { CHECK_NEAR(lstmfc_mase(n, truth, forecast, m, train, 1), one[0], 1e-12); CHECK_NEAR(lstmfc_mase(n, truth, forecast, m, train, 7), one[1], 1e-12); }
    one = record("theil_u2", &k);
    if (one) CHECK_NEAR(lstmfc_theil_u2(n, previous, truth, forecast), one[0], 1e-12);
    CHECK_NEAR(lstmfc_theil_u2(n, previous, truth, previous), 1, 1e-15);
    /* a NaN on either side leaves out that pair and nothing else */
    with_gap[0] = lstmfc_nan(); gap_truth[0] = 1; gap_truth[1] = lstmfc_nan(); with_gap[1] = 5;
    memcpy(with_gap + 2, forecast, n * sizeof *forecast);
    memcpy(gap_truth + 2, truth, n * sizeof *truth);
    lstmfc_errors_of(n + 2, gap_truth, with_gap, &errors);
    for (i = 0; i < count; i++) CHECK_NEAR(*(const double *)((const char *)&errors + fields[i].offset), expected[i], 1e-11);
    lstmfc_errors_of(0, truth, forecast, &errors);
    CHECK(errors.count == 0 && lstmfc_is_nan(errors.mse) && lstmfc_is_nan(errors.r2));
    gap_truth[0] = gap_truth[1] = 3;
    lstmfc_errors_of(2, gap_truth, forecast, &errors);
    CHECK(lstmfc_is_nan(errors.r2) && lstmfc_is_nan(errors.correlation));       /* no variance to explain */
}

/* AUC by its definition, all pairs. */
static double brute_auc(size_t n, const double *score, const double *label) {
    double wins = 0, pairs = 0;
    size_t i, j;
    for (i = 0; i < n; i++) for (j = 0; j < n; j++) if (label[i] > 0.5 && label[j] < 0.5) {
        wins += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
        pairs++;
    }
    return pairs > 0 ? wins / pairs : lstmfc_nan();
}

TEST(auc) {
    double score[64], label[64], scratch[128], se;
    lstmfc_real score_real[64], label_real[64];
    lstmfc_rng rng;
    int32_t round, nans = 0;
    lstmfc_rng_seed(&rng, 11);
    for (round = 0; round < 2000; round++) {
        size_t n = (size_t)lstmfc_rng_below(&rng, 64), i, levels = 1 + (size_t)lstmfc_rng_below(&rng, 30);
        double expected;
        for (i = 0; i < n; i++) {
            score[i] = (double)lstmfc_rng_below(&rng, levels) / 16;
            label[i] = lstmfc_rng_uniform(&rng) < 0.3 ? 1 : 0;
            score_real[i] = (lstmfc_real)score[i];
            label_real[i] = (lstmfc_real)label[i];
        }
        expected = brute_auc(n, score, label);
        if (lstmfc_is_nan(expected)) nans++;
        CHECK_NEAR(lstmfc__auc(n, score_real, label_real, scratch), expected, 1e-14);
        CHECK_NEAR(lstmfc_auc_delong(n, score, label, scratch, &se), expected, 1e-14);
    }
    CHECK(nans > 0);
    score[0] = 0.1; score[1] = 0.9; label[0] = 0; label[1] = 1;
    CHECK_NEAR(lstmfc_auc_delong(2, score, label, scratch, &se), 1, 0);
    CHECK(lstmfc_is_nan(se));
}

/* scikit-learn on the same arrays */
TEST(scikit_learn) {
    size_t n, m, k, i, b;
    const double *truth = record("truth", &m), *forecast = record("forecast", &m), *probability = record("probability", &n), *label = record("label", &n);
    const double *errors_of = record("sklearn_errors", &k), *direction_of = record("sklearn_direction", &k), *bins = record("sklearn_calibration", &k);
    lstmfc_errors errors;
    lstmfc_direction direction;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_bin bin[10];
    double away[400];
    if (!truth || !forecast || !probability || !label || !errors_of || !direction_of || !bins || !CHECK(n < 400)) return;
    lstmfc_errors_of(m, truth, forecast, &errors);
    CHECK_CLOSE(errors.mse, errors_of[0], 1e-13, 0); CHECK_CLOSE(errors.mae, errors_of[1], 1e-13, 0);
    CHECK_CLOSE(errors.mape, errors_of[2], 1e-13, 0); CHECK_CLOSE(errors.r2, errors_of[3], 1e-13, 0);
    CHECK_OK(lstmfc_direction_of(n, probability, label, 0, 0, NULL, &direction, &err), err);
    CHECK_CLOSE(direction.accuracy, direction_of[0], 1e-13, 0); CHECK_CLOSE(direction.auc, direction_of[1], 1e-13, 0);
    CHECK_CLOSE(direction.brier, direction_of[2], 1e-13, 0); CHECK_CLOSE(direction.log_loss, direction_of[3], 1e-12, 0);
    CHECK_CLOSE(direction.mcc, direction_of[4], 1e-13, 0);
    for (i = 0; i < n; i++) away[i] = probability[i] + 0.003 < 0.999 ? probability[i] + 0.003 : 0.999;
    lstmfc_reliability(n, away, label, 10, bin);
    for (i = b = 0; b < 10; b++) {
        if (!(bin[b].count > 0)) continue;
        if (!CHECK(2 * i < k)) return;
        CHECK_CLOSE(bin[b].probability, bins[2 * i], 1e-12, 0);
        CHECK_CLOSE(bin[b].up, bins[2 * i + 1], 1e-12, 1e-15);
        i++;
    }
    CHECK_INT(2 * i, k);
}

TEST(direction) {
    size_t n, k, i, count;
    const double *probability = record("probability", &n), *label = record("label", &n), *expected = record("direction", &k), *bins;
    const lstmfc_field *fields = lstmfc_direction_fields(&count);
    lstmfc_direction direction;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_bin bin[5];
    double always[300];
    if (!probability || !label || !expected) return;
    CHECK_OK(lstmfc_direction_of(n, probability, label, 0, 0, NULL, &direction, &err), err);
    CHECK_INT(count, k);
    for (i = 0; i < count; i++) {
        if (!CHECK_CLOSE(*(const double *)((const char *)&direction + fields[i].offset), expected[i], 1e-10, 1e-14)) printf("    %s\n", fields[i].name);
    }
    bins = record("reliability", &k);
    lstmfc_reliability(n, probability, label, 5, bin);
    for (i = 0; bins && i < 5; i++) {
        CHECK_NEAR(bin[i].count, bins[3 * i], 0);
        CHECK_NEAR(bin[i].probability, bins[3 * i + 1], 1e-12);
        CHECK_NEAR(bin[i].up, bins[3 * i + 2], 1e-12);
        CHECK(bin[i].up_low <= bin[i].up && bin[i].up <= bin[i].up_high);
    }
    { static const double certain[2] = {1, 0}, moves[2] = {1, 0};       /* the ends belong to the end bins */
      lstmfc_reliability(2, certain, moves, 5, bin);
      CHECK(bin[4].count == 1 && bin[4].up == 1 && bin[0].count == 1 && bin[0].up == 0 && lstmfc_is_nan(bin[2].up)); }
    /* a model that always says up: Pesaran-Timmermann and Matthews have nothing to say, the accuracy is the base rate */
    for (i = 0; i < n; i++) always[i] = 0.7;
    CHECK_OK(lstmfc_direction_of(n, always, label, 0, 0, NULL, &direction, &err), err);
    CHECK(lstmfc_is_nan(direction.pt) && lstmfc_is_nan(direction.pt_p) && lstmfc_is_nan(direction.mcc));
    CHECK_NEAR(direction.accuracy, direction.base_rate, 0);
    CHECK(direction.p_one_sided > 0.4);
    CHECK_NEAR(direction.auc, 0.5, 0);
    CHECK_OK(lstmfc_direction_of(0, always, label, 0, 0, NULL, &direction, &err), err);
    CHECK(direction.count == 0 && lstmfc_is_nan(direction.accuracy) && lstmfc_is_nan(direction.p_two_sided));
    CHECK_NEAR(lstmfc_log_loss(1, 0), -lstmfc_log(1e-15), 2e-2);    /* clipped, not infinite; 1 - 1e-15 is rounded */
    CHECK_NEAR(lstmfc_log_loss(0.25, 1), log(4.0), 1e-15);
    CHECK_INT(lstmfc_direction_of(n, NULL, label, 0, 0, NULL, &direction, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "an array of lstmfc_direction_of is NULL");
}

static void check_comparison(const lstmfc_comparison *is, const double *expected) {
    size_t i, count;
    const lstmfc_field *fields = lstmfc_comparison_fields(&count);
    for (i = 0; i < count; i++)
        if (!CHECK_CLOSE(*(const double *)((const char *)is + fields[i].offset), expected[i], 1e-10, 1e-14)) printf("    %s\n", fields[i].name);
}

/* The correlation of x with itself `lag` rows later, as the sums behind the tests over time form it. */
static double autocorrelation(size_t n, const double *x, size_t lag) {
    double count, mean = lstmfc__mean(n, x, &count), variance = lstmfc__autocovariance(n, x, NULL, mean, count, 0);
    return lstmfc__autocovariance(n, x, NULL, mean, count, lag) / variance;
}

TEST(comparison) {
    size_t n, m, k, i;
    const double *model = record("loss_model", &n), *baseline = record("loss_baseline", &n), *expected = record("compare", &k);
    const double *saw = record("saw", &m), *expected_saw = record("compare_saw", &k), *one;
    double a[300], b[300];
    lstmfc_comparison is;
    if (!model || !baseline || !expected || !saw || !expected_saw) return;
    lstmfc_compare(n, model, baseline, 1, &is); check_comparison(&is, expected);
    lstmfc_compare(n, model, baseline, 4, &is); check_comparison(&is, expected + 8);
    lstmfc_compare(n, baseline, model, 1, &is); check_comparison(&is, expected + 16);
    lstmfc_compare(40, model, baseline, 6, &is); check_comparison(&is, expected + 24);
    for (i = 0; i < m; i++) { a[i] = 2 - saw[i]; b[i] = 2; }
    lstmfc_compare(m, a, b, 2, &is); check_comparison(&is, expected_saw);
    CHECK(is.bartlett == 1);
    lstmfc_compare(m, a, b, 3, &is); check_comparison(&is, expected_saw + 8);
    one = record("autocorrelation", &k);
    if (one) { CHECK_NEAR(autocorrelation(n, model, 1), one[0], 1e-11); CHECK_NEAR(autocorrelation(n, model, 5), one[1], 1e-11); }
    one = record("newey_west", &k);
    if (one) CHECK_NEAR(lstmfc__newey_west(n, model, 6), one[0], 1e-11);
    for (i = 0; i < 250; i++) a[i] = i % 11 == 5 ? lstmfc_nan() : model[i];
    for (m = 1; m < 260; m += m < 30 ? 1 : 37) {        /* eight lags at a time: the bits of one by one */
        double count, mean = lstmfc__mean(250, a, &count), variance = lstmfc__autocovariance(250, a, NULL, mean, count, 0);
        for (i = 1; i <= m && i < 250; i++)
            variance += 2 * (1 - (double)i / (double)(m + 1)) * lstmfc__autocovariance(250, a, NULL, mean, count, i);
        CHECK(lstmfc__newey_west(250, a, m) == variance / count);
    }
    lstmfc_compare(n, model, model, 1, &is);            /* the same forecast: no skill, no verdict */
    CHECK(is.skill == 0 && lstmfc_is_nan(is.statistic) && lstmfc_is_nan(is.p) && is.better == 0);
    for (i = 0; i < 50; i++) { a[i] = 1; b[i] = 1.5; }
    lstmfc_compare(50, a, b, 3, &is);                   /* always better by the same: no deviation, no test */
    CHECK(is.skill > 0 && lstmfc_is_nan(is.statistic) && lstmfc_is_nan(is.p) && is.better == 0);
    for (i = 0; i < 300; i++) { a[i] = 0.1 * (double)(i + 1); b[i] = 0.1 * (double)i + 0.1; }
    lstmfc_compare(300, b, a, 1, &is);                  /* the same losses, computed by another path */
    CHECK(lstmfc_is_nan(is.statistic) && lstmfc_is_nan(is.p) && is.better == 0);
    lstmfc_compare(3, a, b, 3, &is);                    /* too few for the horizon */
    CHECK(lstmfc_is_nan(is.p) && is.better == 0);
    lstmfc_compare(0, a, b, 1, &is);
    CHECK(is.count == 0 && is.better == 0);
    memcpy(b, baseline, n * sizeof *b);
    b[7] = lstmfc__infinity();                          /* an infinite loss of either side is no proof */
    lstmfc_compare(n, model, b, 1, &is);
    CHECK(lstmfc_is_nan(is.p) && is.better == 0);
    memcpy(a, model, n * sizeof *a);
    a[7] = lstmfc_nan();
    lstmfc_compare(n, a, baseline, 2, &is);
    CHECK(is.count == (double)(n - 1) && lstmfc_is_finite(is.p));
}

/* Under the null (two forecasts equally good) the verdict must say yes in about 5 % of the cases, also when overlapping
   forecasts make the losses autocorrelated; with a real edge it must say yes. A test of the test, seeded. */
TEST(comparison_size) {
    lstmfc_rng rng;
    double a[200], b[200], noise[2][204];
    int32_t round, h, yes[2] = {0, 0}, edge = 0;
    lstmfc_rng_seed(&rng, 5);
    for (round = 0; round < 1000; round++) {
        for (h = 0; h < 2; h++) {
            int32_t i, k, lags = h ? 4 : 1;
            lstmfc_comparison is;
            for (i = 0; i < 204; i++) { noise[0][i] = lstmfc_rng_normal(&rng); noise[1][i] = lstmfc_rng_normal(&rng); }
            for (i = 0; i < 200; i++) {
                double x = 0, y = 0;
                for (k = 0; k < lags; k++) { x += noise[0][i + k]; y += noise[1][i + k]; }
                a[i] = x * x; b[i] = y * y;
            }
            lstmfc_compare(200, a, b, lags, &is);
            yes[h] += is.better > 0;
            if (h == 0) {
                for (i = 0; i < 200; i++) a[i] *= 0.6;
                lstmfc_compare(200, a, b, 1, &is);
                edge += is.better > 0;
            }
        }
    }
    CHECK(yes[0] > 25 && yes[0] < 80);
    CHECK(yes[1] > 25 && yes[1] < 90);
    CHECK(edge > 900);
}

TEST(bootstrap) {
    size_t n, i, rows[1000];
    const double *x = record("loss_model", &n), *probability, *label;
    lstmfc_bootstrap one, two, accuracy, auc;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_rng rng;
    lstmfc_moments moments;
    double starts = 0, se, scratch[600];
    if (!x) return;
    /* independent data, block 1: the ordinary bootstrap, whose error of the mean is sd/sqrt(n) */
    CHECK_OK(lstmfc_bootstrap_mean(n, x, 1, 2000, 0.9, 7, NULL, &one, &err), err);
    moments = lstmfc__moments_of(n, x);
    se = sqrt(lstmfc_moments_variance(&moments, 1) / (double)n);
    CHECK_NEAR(one.se, se, 0.06);
    CHECK_NEAR(one.mean, moments.mean, 1e-14);
    CHECK_CLOSE(one.low, one.mean - 1.645 * se, 0.03, 0);
    CHECK_CLOSE(one.high, one.mean + 1.645 * se, 0.03, 0);
    CHECK_OK(lstmfc_bootstrap_mean(n, x, 1, 2000, 0.9, 7, NULL, &two, &err), err);
    CHECK(memcmp(&one, &two, sizeof one) == 0);         /* same seed, same bytes */
    CHECK_OK(lstmfc_bootstrap_mean(n, x, 1, 2000, 0.9, 8, NULL, &two, &err), err);
    CHECK(one.low != two.low);
    /* mean block length and wrap-around */
    lstmfc_rng_seed(&rng, 1);
    for (i = 0; i < 100; i++) {
        size_t k;
        lstmfc__bootstrap_draw(&rng, 1000, 20, rows);
        for (k = 1; k < 1000; k++) { CHECK(rows[k] < 1000); starts += rows[k] != (rows[k - 1] + 1) % 1000; }
    }
    CHECK_NEAR(starts / (100 * 999), 0.05 * 0.999, 0.05);
    /* autocorrelated data: blocks must widen the interval */
    { double y[1000]; double level = 0;
      for (i = 0; i < 1000; i++) { level = 0.9 * level + lstmfc_rng_normal(&rng); y[i] = level; }
      CHECK_OK(lstmfc_bootstrap_mean(1000, y, 1, 500, 0.9, 1, NULL, &one, &err), err);
      CHECK_OK(lstmfc_bootstrap_mean(1000, y, 30, 500, 0.9, 1, NULL, &two, &err), err);
      CHECK(two.se > 2 * one.se);
      y[5] = lstmfc_nan();
      CHECK_INT(lstmfc_bootstrap_mean(1000, y, 30, 500, 0.9, 1, NULL, &two, &err), LSTMFC_ERROR_ARGUMENT);
      CHECK_TEXT(err.message, "value 5 of the bootstrap is not finite"); }
    CHECK_INT(lstmfc_bootstrap_mean(1, x, 1, 100, 0.9, 1, NULL, &two, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "a bootstrap needs at least 2 values, not 1");
    probability = record("probability", &n); label = record("label", &n);
    if (!probability || !label) return;
    CHECK_OK(lstmfc_bootstrap_direction(n, probability, label, 0, 1, 1000, 0.9, 3, NULL, &accuracy, &auc, &err), err);
    CHECK_NEAR(auc.mean, lstmfc_auc_delong(n, probability, label, scratch, &se), 1e-13);
    CHECK_NEAR(auc.se, se, 0.1);                        /* DeLong and the bootstrap are two ways to the same number */
    CHECK_NEAR(accuracy.se, sqrt(accuracy.mean * (1 - accuracy.mean) / (double)n), 0.1);
    CHECK_OK(lstmfc_bootstrap_direction(n, probability, label, 0, 5, 50, 0.9, 3, NULL, NULL, NULL, &err), err);
}

TEST(intervals) {
    size_t n, k, i;
    const double *truth = record("truth", &n), *lower = record("lower", &n), *upper = record("upper", &n), *expected = record("interval_90", &k);
    lstmfc_interval_score is;
    double scores[99];
    for (i = 0; i < 99; i++) scores[i] = (double)i + 1;
    CHECK_NEAR(lstmfc_conformal_quantile(99, scores, 0.55), 55, 0);     /* 100 x 0.55 is 55.000000000000007 in doubles */
    for (k = 1; k <= 40; k++) {         /* against the rule: how many of n+1 exchangeable scores it must cover */
        double q;
        size_t need, below = 0;
        for (i = 0; i < k; i++) scores[i] = (double)((i * 41) % k) + 1;
        for (need = 1; need * 10 < 9 * (k + 1); need++) {}      /* ceil(0.9 (n+1)) in integers */
        q = lstmfc_conformal_quantile(k, scores, 0.9);
        if (need > k) { CHECK(q > 1e300); continue; }
        for (i = 0; i < k; i++) below += scores[i] <= q;
        CHECK_INT(below, need);
    }
    scores[2] = lstmfc_nan();
    CHECK(lstmfc_is_nan(lstmfc_conformal_quantile(40, scores, 0.9)));
    CHECK(lstmfc_conformal_quantile(0, scores, 0.9) > 1e300);
    scores[0] = 2; scores[1] = 1;
    CHECK_NEAR(lstmfc_conformal_quantile(2, scores, 1e-12), 1, 0);
    CHECK(lstmfc_is_nan(lstmfc_conformal_quantile(2, scores, 1)) && lstmfc_is_nan(lstmfc_quantile_sorted(2, scores, lstmfc_nan())));
    if (!truth || !lower || !upper || !expected) return;
    lstmfc_interval_score_of(n, truth, lower, upper, 0.9, &is);
    CHECK_NEAR(is.count, expected[0], 0);
    CHECK_NEAR(is.coverage, expected[1], 1e-12);
    CHECK_NEAR(is.width, expected[2], 1e-12);
    CHECK_NEAR(is.winkler, expected[3], 1e-11);
}

typedef struct linear_data { lstmfc_real *rows, *y, *y_binary; int64_t val_rows[69]; size_t count; lstmfc_batch fit, val; } linear_data;

static int linear_load(linear_data *data) {
    size_t n, m, i;
    const double *rows = record("rows", &n), *y = record("target", &m), *b = record("target_binary", &m);
    if (!rows || !y || !b) return 0;
    data->rows = (lstmfc_real *)malloc(n * sizeof(lstmfc_real));
    data->y = (lstmfc_real *)malloc(m * sizeof(lstmfc_real));
    data->y_binary = (lstmfc_real *)malloc(m * sizeof(lstmfc_real));
    for (i = 0; i < n; i++) data->rows[i] = (lstmfc_real)rows[i];
    for (i = 0; i < m; i++) { data->y[i] = (lstmfc_real)y[i]; data->y_binary[i] = (lstmfc_real)b[i]; }
    memset(&data->fit, 0, sizeof data->fit);
    data->fit.rows = data->rows; data->fit.row_count = n / 3; data->fit.row_stride = 3; data->fit.window = 2; data->fit.count = 150;
    data->val = data->fit;
    for (i = 0; i < 69; i++) data->val_rows[i] = (int64_t)(150 + i);
    data->val.first_row = data->val_rows; data->val.count = 69;
    return 1;
}

static void linear_targets(linear_data *data, int32_t kind) {
    data->fit.targets = kind == LSTMFC_RIDGE ? data->y : data->y_binary;
    data->val.targets = data->fit.targets + 150;
}

static void linear_unload(linear_data *data) { free(data->rows); free(data->y); free(data->y_binary); }

static void check_linear(const lstmfc_linear *is, const char *name) {
    size_t k, i;
    const double *expected = record(name, &k);
    if (!is || !expected) { CHECK(0); return; }
    for (i = 0; i < 6; i++) CHECK_CLOSE(is->weights[i], expected[i], 1e-9, 1e-10);
    CHECK_CLOSE(is->intercept, expected[6], 1e-9, 1e-10);
    CHECK_NEAR(is->penalty, expected[7], 1e-15);
    CHECK_NEAR(is->fit_loss, expected[8], 1e-10);
    CHECK_NEAR(is->val_loss, expected[9], 1e-9);
}

TEST(linear) {
    linear_data data;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    int32_t kind;
    if (!linear_load(&data)) return;
    for (kind = LSTMFC_RIDGE; kind <= LSTMFC_LOGISTIC; kind++) {
        lstmfc_linear *best, *fixed;
        double out[69], z;
        linear_targets(&data, kind);
        best = lstmfc_linear_fit(kind, 3, &data.fit, &data.val, 0, NULL, &err);
        fixed = lstmfc_linear_fit(kind, 3, &data.fit, &data.val, 0.01, NULL, &err);
        check_linear(best, kind == LSTMFC_RIDGE ? "ridge_best" : "logistic_best");
        check_linear(fixed, kind == LSTMFC_RIDGE ? "ridge_fixed" : "logistic_fixed");
        if (best) {
            size_t i;
            lstmfc_linear_predict(best, &data.val, out);
            z = best->intercept;
            for (i = 0; i < 6; i++) z += best->weights[i] * (double)data.rows[3 * 150 + i];
            CHECK_NEAR(out[0], kind == LSTMFC_RIDGE ? z : 1 / (1 + exp(-z)), 1e-13);
        }
        lstmfc_linear_free(best);
        lstmfc_linear_free(fixed);
    }
    /* refusals */
    linear_targets(&data, LSTMFC_RIDGE);
    CHECK(!lstmfc_linear_fit(LSTMFC_RIDGE, 3, &data.fit, NULL, 0, NULL, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "needs a penalty above 0 or a validation part");
    CHECK(!lstmfc_linear_fit(LSTMFC_LOGISTIC, 3, &data.fit, NULL, 1, NULL, &err));
    CHECK_TEXT(err.message, "sample 0 of the fit part: a logistic target is 0 or 1");
    CHECK(!lstmfc_linear_fit(LSTMFC_RIDGE, 4, &data.fit, NULL, 1, NULL, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_SHAPE);
    data.val_rows[3] = 219;
    CHECK(!lstmfc_linear_fit(LSTMFC_RIDGE, 3, &data.fit, &data.val, 0, NULL, &err));
    CHECK_TEXT(err.message, "sample 3 of the validation part does not lie in the 220 rows");
    data.rows[7] = (lstmfc_real)lstmfc_nan();
    CHECK(!lstmfc_linear_fit(LSTMFC_RIDGE, 3, &data.fit, NULL, 1, NULL, &err));
    CHECK_TEXT(err.message, "sample 1 of the fit part: input 4 is not finite");
    linear_unload(&data);
}

/* A separable set: the likelihood has no maximum, the penalty gives one. A constant column: collinear with the intercept. */
TEST(linear_hard) {
    lstmfc_real rows[40], y[20];
    lstmfc_batch batch;
    lstmfc_linear *linear;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    size_t i;
    for (i = 0; i < 20; i++) { rows[2 * i] = (lstmfc_real)i - 9.5f; rows[2 * i + 1] = 1; y[i] = i < 10 ? 0 : 1; }
    memset(&batch, 0, sizeof batch);
    batch.rows = rows; batch.row_count = 20; batch.row_stride = 2; batch.window = 1; batch.count = 20; batch.targets = y;
    linear = lstmfc_linear_fit(LSTMFC_LOGISTIC, 2, &batch, NULL, 1e-6, NULL, &err);
    CHECK(linear && lstmfc_is_finite(linear->weights[0]) && linear->weights[0] > 1 && linear->fit_loss < 0.01);
    if (linear) CHECK_CLOSE(linear->weights[1], 0, 0, 1e-3);
    lstmfc_linear_free(linear);
    for (i = 0; i < 20; i++) y[i] = 1;
    CHECK(!lstmfc_linear_fit(LSTMFC_LOGISTIC, 2, &batch, NULL, 1, NULL, &err));
    CHECK_HAS(err.message, "all targets of the fit part are 1");
}

TEST(volatility) {
    size_t n, k, i;
    const double *returns = record("returns", &n), *expected;
    double *r, *out, *again, coefficients[4], parameters[3], loss;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    if (!returns) return;
    r = (double *)malloc(3 * n * sizeof *r); out = r + n; again = out + n;
    memcpy(r, returns, n * sizeof *r);
    r[0] = lstmfc_nan();
    expected = record("realized", &k);
    lstmfc__realized(n, r, 3, out);
    if (expected) { CHECK(lstmfc_is_nan(out[2])); CHECK_NEAR(out[3], expected[1], 1e-13); CHECK_NEAR(out[100], expected[2], 1e-13); CHECK_NEAR(out[899], expected[3], 1e-13); }
    future_realized(n, r, 3, again);
    for (i = 0; i + 3 < n; i++) CHECK_NEAR(again[i], out[i + 3], 0);
    CHECK(lstmfc_is_nan(again[n - 3]) && lstmfc_is_nan(again[n - 1]));
    expected = record("ewma", &k);
    ewma_volatility(n, r, out);
    if (expected) { CHECK(lstmfc_is_nan(out[0])); CHECK_NEAR(out[1], expected[0], 1e-13); CHECK_NEAR(out[2], expected[1], 1e-13);
                    CHECK_NEAR(out[501], expected[2], 1e-13); CHECK_NEAR(out[899], expected[3], 1e-13); }
    expected = record("har", &k);
    for (i = 0; i < 60; i++) again[i] = i < 40 ? r[i + 1] : 0;      /* movement before, none in the part that is fitted: no floor */
    CHECK_OK(har_volatility(60, again, 1, 39, 59, out, NULL, NULL, &err), err);
    CHECK(lstmfc_is_finite(out[59]) && out[59] < 1e-9);
    CHECK_OK(har_volatility(n, r, 3, 66, 700, out, coefficients, NULL, &err), err);
    if (expected) {
        for (i = 0; i < 4; i++) CHECK_CLOSE(coefficients[i], expected[i], 1e-8, 1e-11);
        CHECK(lstmfc_is_nan(out[65]));
        CHECK_NEAR(out[66], expected[4], 1e-9); CHECK_NEAR(out[500], expected[5], 1e-9); CHECK_NEAR(out[899], expected[6], 1e-9);
    }
    expected = record("garch", &k);
    CHECK_OK(garch_volatility(n, r, 3, 1, 700, again, parameters, &err), err);
    if (expected) {
        for (i = 0; i < 3; i++) CHECK_NEAR(parameters[i], expected[i], 2e-3);
        parameters[0] /= 1 - parameters[1] - parameters[2];                     /* omega -> the long-run variance */
        loss = lstmfc__garch_loss(r, 1, 700, parameters);
        CHECK(loss <= expected[3] + 1e-6);              /* as good an optimum as SciPy's */
        expected = record("garch_forecast", &k);
        if (expected) CHECK_NEAR(again[899], expected[0], 1e-4);
    }
    /* look-ahead: garbage after the fit part's last label changes neither a fit nor a forecast before it */
    { double *har = (double *)malloc(4 * n * sizeof *har), *garch = har + n, *ewma = garch + n, *last = ewma + n;
      ewma_volatility(n, r, ewma); lstmfc__realized(n, r, 3, last);
      memcpy(har, out, n * sizeof *har); memcpy(garch, again, n * sizeof *garch);
      for (i = 703; i < n; i++) r[i] = i % 3 ? 1e3 : lstmfc_nan();
      CHECK_OK(har_volatility(n, r, 3, 66, 700, out, NULL, NULL, &err), err);
      CHECK_OK(garch_volatility(n, r, 3, 1, 700, again, NULL, &err), err);
      CHECK(memcmp(out + 66, har + 66, (703 - 66) * sizeof *out) == 0);
      CHECK(memcmp(again, garch, 703 * sizeof *out) == 0);
      ewma_volatility(n, r, out); lstmfc__realized(n, r, 3, again);
      CHECK(memcmp(out + 1, ewma + 1, 702 * sizeof *out) == 0 && memcmp(again + 3, last + 3, 700 * sizeof *out) == 0);
      free(har); }
    expected = record("qlike", &k);
    if (expected) { CHECK_NEAR(lstmfc_qlike(0.01, 0.02), expected[0], 1e-13); CHECK_NEAR(lstmfc_qlike(0.02, 0.01), expected[1], 1e-13); CHECK(lstmfc_qlike(0.5, 0.5) == 0); }
    CHECK(lstmfc_is_nan(lstmfc_qlike(0.1, 0)));
    CHECK_INT(har_volatility(n, r, 3, 66, n, out, NULL, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    for (i = 0; i < n; i++) r[i] = i < 150 ? 0.0001 * (double)(200 - i) : 0;      /* a falling line, followed below zero */
    CHECK_OK(har_volatility(n, r, 1, 22, 120, out, coefficients, NULL, &err), err);
    CHECK(coefficients[0] < 0);
    CHECK_NEAR(out[n - 1], 0.0001 * 80, 1e-12);          /* held at the lowest of the fit part: bar 120 */
    for (i = 0; i < n; i++) r[i] = 0;
    CHECK_INT(garch_volatility(n, r, 3, 1, 700, out, NULL, &err), LSTMFC_ERROR_DATA);
    CHECK_INT(har_volatility(n, r, 3, 66, 700, out, NULL, NULL, &err), LSTMFC_ERROR_DATA);
    free(r);
}

static double sharpe_se(size_t n, const double *returns, double annual) {
    lstmfc__sharpe_input in = lstmfc__sharpe_input_of(n, returns, 1);
    lstmfc__sharpe_shape shape = lstmfc__sharpe_shape_of(&in);
    return lstmfc__sharpe_se(&shape, annual);
}

static double sharpe_lo(size_t n, const double *returns, double annual) {
    lstmfc__sharpe_input in = lstmfc__sharpe_input_of(n, returns, 1);
    return lstmfc__sharpe_lo(&in, annual, 0);
}

TEST(risk) {
    size_t n, k, i;
    const double *r = record("bar_returns", &n), *expected = record("risk", &k);
    double flat[10];
    if (!r || !expected) return;
    CHECK_NEAR(lstmfc_sharpe(n, r, 365.25), expected[0], 1e-11);
    CHECK_NEAR(sharpe_se(n, r, 365.25), expected[1], 1e-11);
    CHECK_NEAR(sharpe_lo(n, r, 365.25), expected[2], 1e-11);
    CHECK_NEAR(lstmfc_sortino(n, r, 365.25), expected[3], 1e-11);
    for (i = 0; i < 10; i++) flat[i] = 0.1;
    CHECK(lstmfc_is_nan(lstmfc_sharpe(10, flat, 1)) && lstmfc_is_nan(sharpe_se(10, flat, 1)) && lstmfc_is_nan(sharpe_lo(10, flat, 1))
          && lstmfc_is_nan(lstmfc_sortino(10, flat, 1)) && lstmfc_is_nan(lstmfc_sharpe(1, flat, 1)));
    flat[0] = -0.1;
    CHECK(lstmfc_is_nan(lstmfc_sortino(1, flat, 1)));    /* one return has no deviation */
}

/* A deviation that is only rounding is 0, and a ratio over it NaN; one of ten times that is a deviation. Steady growth, by rates
   from 1e-8 to 8 a bar, as an account would tell it: equity rounded at every step. */
TEST(deviation_of_rounding) {
    double equity, r[200], other[200];
    lstmfc_errors errors;
    int32_t round;
    size_t i, n = 200;
    lstmfc_rng rng;
    lstmfc_rng_seed(&rng, 3);
    for (round = 0; round < 400; round++) {
        double rate = lstmfc_exp(lstmfc_rng_uniform(&rng) * 20.5 - 18.4), sign = round % 2 ? -1 : 1;
        if (rate > 0.9 && sign < 0) continue;           /* an account that loses all is another matter */
        equity = 10000;
        for (i = 0; i < n; i++) { double before = equity; equity *= 1 + sign * rate; r[i] = equity / before - 1; }
        CHECK(lstmfc_is_nan(lstmfc_sharpe(n, r, 8766)) && lstmfc_is_nan(sharpe_se(n, r, 8766)) && lstmfc_is_nan(sharpe_lo(n, r, 8766)));
        CHECK(sign < 0 || lstmfc_is_nan(lstmfc_sortino(n, r, 8766)));
        r[n / 2] += 1e-13 * (1 + rate);
        CHECK(lstmfc_is_finite(lstmfc_sharpe(n, r, 8766)) && lstmfc_is_finite(sharpe_lo(n, r, 8766)));
    }
    for (i = 0; i < n; i++) { r[i] = i % 2 ? 0.001 : -1e-16; other[i] = i % 2 ? 0.001 : -1e-13; }
    CHECK(lstmfc_is_nan(lstmfc_sortino(n, r, 365.25)) && lstmfc_is_finite(lstmfc_sortino(n, other, 365.25)));
    /* a constant that three paths of rounding have reached: no r2, no correlation, no scale for an error */
    for (i = 0; i < n; i++) { r[i] = i % 3 == 0 ? 0.3 : i % 3 == 1 ? 0.1 + 0.2 : 1 - 0.7; other[i] = (double)i; }
    lstmfc_errors_of(n, r, other, &errors);
    CHECK(lstmfc_is_nan(errors.r2) && lstmfc_is_nan(errors.correlation));
    lstmfc_errors_of(n, other, r, &errors);
    CHECK(lstmfc_is_finite(errors.r2) && lstmfc_is_nan(errors.correlation));
    CHECK(lstmfc_is_nan(lstmfc_mase(n, other, r, n, r, 1)) && lstmfc_is_nan(lstmfc_theil_u2(n - 1, r, r + 1, other)));
    CHECK(lstmfc_is_finite(autocorrelation(n, other, 1)));
}

static lstmfc_result work_direction(const lstmfc_env *env, void *context) {
    static const double p[6] = {0.1, 0.9, 0.4, 0.6, 0.5, 0.2}, y[6] = {0, 1, 1, 0, 1, 0};
    lstmfc_direction direction;
    lstmfc_bootstrap a, b;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_result result = lstmfc_direction_of(6, p, y, 0, 0, env, &direction, &err);
    (void)context;
    if (result == LSTMFC_OK) result = lstmfc_bootstrap_mean(6, p, 2, 10, 0.9, 1, env, &a, &err);
    if (result == LSTMFC_OK) result = lstmfc_bootstrap_direction(6, p, y, 0, 2, 10, 0.9, 1, env, &a, &b, &err);
    return result;
}

static lstmfc_result work_baselines(const lstmfc_env *env, void *context) {
    linear_data *data = (linear_data *)context;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    double returns[60], out[60];
    int32_t kind;
    size_t i;
    lstmfc_result result;
    for (i = 0; i < 60; i++) returns[i] = (double)((i * 7) % 13) / 13 - 0.5;
    result = har_volatility(60, returns, 1, 22, 55, out, NULL, env, &err);
    for (kind = 0; kind < 2 && result == LSTMFC_OK; kind++) {
        lstmfc_linear *linear;
        linear_targets(data, kind);
        linear = lstmfc_linear_fit(kind, 3, &data->fit, &data->val, 0.01, env, &err);
        if (!linear) result = err.code;
        lstmfc_linear_free(linear);
    }
    return result;
}

TEST(memory) {
    linear_data data;
    torture("direction and bootstrap", work_direction, NULL);
    if (linear_load(&data)) { torture("baselines", work_baselines, &data); linear_unload(&data); }
}

/* The example of "The deflated Sharpe ratio" (JPM 2014): of 100 tries whose annual ratios have variance 1/2 the best has 2.5 over
   1250 days, skewness -3, kurtosis 10; it prints 0.1132 and 0.9004. */
TEST(deflated_sharpe) {
    const lstmfc__sharpe_shape published = {1250, 0, -3, 10};
    lstmfc__sharpe_shape shape = published;
    double best = lstmfc_sharpe_expected_best(100, 0.5 / 250), returns[400], p, bars;
    lstmfc_rng rng;
    size_t i;
    shape.ratio = 2.5 / sqrt(250);
    CHECK_CLOSE(best, 0.1132, 0, 5e-5);
    CHECK_CLOSE(lstmfc_normal_cdf((shape.ratio - best) * sqrt(1249) / sqrt(lstmfc__sharpe_spread(&shape))), 0.9004, 0, 5e-5);
    CHECK(lstmfc_sharpe_expected_best(1, 1) == 0 && lstmfc_is_nan(lstmfc_sharpe_expected_best(0, 1)) && lstmfc_is_nan(lstmfc_sharpe_expected_best(5, -1)));
    lstmfc_rng_seed(&rng, 3);
    for (i = 0; i < 400; i++) returns[i] = 0.001 + 0.01 * lstmfc_rng_normal(&rng);
    p = lstmfc_sharpe_probability(400, returns, 0);
    bars = lstmfc_sharpe_track_record(400, returns, 0, p);  /* the record that is there is just long enough for what it shows */
    CHECK(p > 0.5 && p < 1);
    CHECK_CLOSE(bars, 400, 0, 1e-6);
    CHECK_CLOSE(lstmfc_sharpe_probability(400, returns, lstmfc_sharpe(400, returns, 1)), 0.5, 0, 1e-12);
    for (i = 0; i < 400; i++) returns[i] = -returns[i];
    CHECK(lstmfc_sharpe_track_record(400, returns, 0, 0.95) > 1e300);
    for (i = 0; i < 400; i++) returns[i] = 0;
    CHECK(lstmfc_is_nan(lstmfc_sharpe_probability(400, returns, 0)) && lstmfc_is_nan(lstmfc_sharpe_track_record(400, returns, 0, 0.95)));
}

/* A ratio over chosen parts by the returns themselves, as a textbook has it. */
static double ratio_of_rows(const double *r, size_t part, int blocks, unsigned chosen) {
    long double n = 0, sum = 0, squares = 0, mean;
    size_t i;
    int b;
    for (b = 0; b < blocks; b++) for (i = 0; i < part; i++) if (chosen >> b & 1) { n++; sum += r[(size_t)b * part + i]; }
    mean = sum / n;
    for (b = 0; b < blocks; b++) for (i = 0; i < part; i++) if (chosen >> b & 1) squares += (r[(size_t)b * part + i] - mean) * (r[(size_t)b * part + i] - mean);
    return squares > 0 ? (double)(mean / sqrtl(squares / (n - 1))) : 0;
}

TEST(overfitting) {
    enum { TRIALS = 12, BLOCKS = 6, PART = 30 };
    static double r[TRIALS][BLOCKS * PART];
    lstmfc_moments moments[TRIALS][BLOCKS];
    lstmfc_overfitting out;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_rng rng;
    double splits = 0, worse = 0, loss = 0, inside = 0, outside = 0;
    unsigned chosen, k;
    size_t i, t;
    int skill;
    for (skill = 0; skill < 2; skill++) {
        memset(moments, 0, sizeof moments);
        lstmfc_rng_seed(&rng, 11);
        for (i = 0; i < TRIALS; i++)
            for (t = 0; t < BLOCKS * PART; t++) {
                r[i][t] = lstmfc_rng_normal(&rng) + (skill && i == 7 ? 3 : 0);
                if (i == 4) r[i][t] = 0;                /* never traded */
                lstmfc_moments_add(&moments[i][t / PART], r[i][t]);
            }
        CHECK_OK(lstmfc_overfitting_of(TRIALS, BLOCKS, &moments[0][0], NULL, &out, &err), err);
        if (skill) { CHECK(out.probability == 0 && out.loss == 0 && out.inside > 2 && out.outside > 2); continue; }
        for (chosen = 0; chosen < 1u << BLOCKS; chosen++) {
            int bits = 0, best = 0;
            double there, rank = 1;
            for (k = 0; k < BLOCKS; k++) bits += chosen >> k & 1;
            if (bits != BLOCKS / 2) continue;
            for (i = 1; i < TRIALS; i++) if (ratio_of_rows(r[i], PART, BLOCKS, chosen) > ratio_of_rows(r[best], PART, BLOCKS, chosen)) best = (int)i;
            there = ratio_of_rows(r[best], PART, BLOCKS, ~chosen);
            for (i = 0; i < TRIALS; i++) if ((int)i != best) rank += ratio_of_rows(r[i], PART, BLOCKS, ~chosen) < there;
            splits++;
            worse += log(rank / (TRIALS + 1 - rank)) <= 0;
            loss += there < 0;
            inside += ratio_of_rows(r[best], PART, BLOCKS, chosen);
            outside += there;
        }
        CHECK(out.splits == 20 && splits == 20);
        CHECK_CLOSE(out.probability, worse / splits, 0, 1e-12);
        CHECK_CLOSE(out.loss, loss / splits, 0, 1e-12);
        CHECK_CLOSE(out.inside, inside / splits, 0, 1e-12);
        CHECK_CLOSE(out.outside, outside / splits, 0, 1e-12);
    }
    CHECK_INT(lstmfc_overfitting_of(1, BLOCKS, &moments[0][0], NULL, &out, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_overfitting_of(TRIALS, 5, &moments[0][0], NULL, &out, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_overfitting_of(TRIALS, 18, &moments[0][0], NULL, &out, &err), LSTMFC_ERROR_ARGUMENT);
}

int main(void) {
    RUN(distributions);
    RUN(sorting);
    RUN(errors);
    RUN(auc);
    RUN(scikit_learn);
    RUN(direction);
    RUN(comparison);
    RUN(comparison_size);
    RUN(bootstrap);
    RUN(intervals);
    RUN(linear);
    RUN(linear_hard);
    RUN(volatility);
    RUN(risk);
    RUN(deviation_of_rounding);
    RUN(memory);
    RUN(deflated_sharpe);
    RUN(overfitting);
    return test_end();
}
