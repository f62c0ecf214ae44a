/* rules.c - signals by clauses. A clause is a row of RULES_CLAUSES_E (rules.h): what it asks of a long and of a short, in words and as
   expressions that must be above 0. The first clause is the forecast's; the others read candles alone. Any of them may be off (--clauses):
   then it is told like the others and not asked. A bar on which an expression is not a number passes no clause: what is not known is no
   reason to trade. */
#include "rules.h"
#include "members.h"

#include <stdlib.h>
#include <string.h>

typedef struct clause {
    const char *name, *says[2];
    const char *above[2][2];        /* by side, up to two expressions, each > 0 */
    int or_equal;                   /* >= 0 does */
} clause;

#define ROW(name, a_long, a_short, l1, l2, s1, s2, or_equal) {#name, {a_long, a_short}, {{l1, l2}, {s1, s2}}, or_equal},
static const clause clauses_e[] = { RULES_CLAUSES_E(ROW) };
#undef ROW
static const clause clauses_plain[] = {
    {"forecast", {"forecast above the threshold", "forecast below the threshold"}, {{NULL, NULL}, {NULL, NULL}}, 0}
};
static const struct { const clause *table; int count; } sets[] = {
    {NULL, 0}, {clauses_plain, 1}, {clauses_e, (int)(sizeof clauses_e / sizeof clauses_e[0])}
};
static const char *const side_name[2] = {"long", "short"};

const char *rules_clause(int rules, int k, int side) { return sets[rules].table[k].says[side]; }
const char *rules_clause_name(int rules, int k) { return sets[rules].table[k].name; }

/* ---- which clauses are asked ------------------------------------------------------------------------------------- */

static uint32_t all_of(int rules) { return ((uint32_t)1 << sets[rules].count) - 1; }

/* The mask of --clauses; 0 and a message where it is none. */
static uint32_t asked_of(const options *o, const char *text) {
    const char *names[RULES_CLAUSES], *at, *near;
    uint32_t listed = 0, all = all_of(RULES_E), mask;
    int count = sets[RULES_E].count, k, minus = 0, plus = 0, whole = 0;
    for (k = 0; k < count; k++) names[k] = clauses_e[k].name;
    for (at = text; at; at = *at ? at + 1 : NULL) {
        size_t length;
        char name[40];
        int off;
        at += strspn(at, " ");
        off = *at == '-';
        at += off;
        length = strcspn(at, ", ");
        snprintf(name, sizeof name, "%.*s", tool_cut(at, length, 39), at);
        at += length + strspn(at + length, " ");
        if (*at && *at != ',') { tool_fail(o, TOOL_USAGE, "--clauses %.60s: names are separated by commas", text); return 0; }
        for (k = 0; k < count && strcmp(name, names[k]); k++) {}
        if (k == count && (off || strcmp(name, "all"))) {
            near = options_nearest(name, names, (size_t)count);
            tool_fail(o, TOOL_USAGE, "--clauses: there is no clause `%s`%s%s%s of" RULES_CLAUSES_E(RULES_NAME), name, near ? "; did you mean `" : "",
                      near ? near : "", near ? "`," : ";");
            return 0;
        }
        mask = k == count ? all : (uint32_t)1 << k;
        if (listed & mask) { tool_fail(o, TOOL_USAGE, "--clauses %.60s: `%s` is named twice", text, name); return 0; }
        if (k < count) listed |= mask;
        whole |= k == count;
        minus |= off;
        plus |= !off && k < count;
    }
    mask = minus ? all & ~listed : plus ? listed : all;
    if (plus && (minus || whole)) tool_fail(o, TOOL_USAGE, "--clauses %.60s: either the clauses that are asked, or with - those that are not", text);
    else if (!mask) tool_fail(o, TOOL_USAGE, "--clauses %.60s leaves no clause", text);
    else return mask;
    return 0;
}

/* The mask of the rules that were chosen; 0 and a message. */
static uint32_t asked_by(const options *o, rules_asked asked, int rules) {
    if (rules == RULES_E) return asked_of(o, asked.clauses);
    if (!strcmp(asked.clauses, "all")) return all_of(rules);
    tool_fail(o, TOOL_USAGE, "--clauses are those of system E's rules: add --rules e");
    return 0;
}

const char *rules_off(char out[120], const rules_result *r) {
    int k;
    size_t used = 0;
    *out = 0;
    for (k = 0; k < r->clauses; k++)
        if (!(r->asked >> k & 1)) used += (size_t)snprintf(out + used, 120 - used, "%s%s", used ? ", " : ", without ", rules_clause_name(r->rules, k));
    return out;
}

/* ---- expressions ------------------------------------------------------------------------------------------------ */

static lstmfc_features *compile(const lstmfc_forecaster_info *info, const char *text, lstmfc_error *err) {
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    desc.start_dependent = 1;       /* no model is made of this, and the clauses take differences */
    desc.profile = info->profile;
    desc.env = tool_env();
    return lstmfc_features_compile(text, &desc, err);
}

static int clauses_fail(const options *o, const lstmfc_error *err) {
    lstmfc_error whose = *err;
    if (strstr(err->message, "clause_")) snprintf(whose.message, sizeof whose.message, "system E's rules: %.300s", err->message);
    return tool_fail_error(o, &whose);
}

/* The values of a feature text at every bar, [bars][features]; NULL: *code, and why is said unless `quiet`. */
static double *columns_of(const options *o, const lstmfc_forecaster_info *info, const lstmfc_candles *candles, const char *text, int quiet,
                          size_t *count, int *code) {
    lstmfc_error err = {0};
    lstmfc_features *features = compile(info, text, &err);
    double *values = NULL;
    int64_t stable, t;
    size_t n = candles->count, k;
    *count = features ? (size_t)lstmfc_features_count(features) : 0;
    if (features && !(values = (double *)calloc(n * *count + 1, sizeof *values))) *code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (!features || lstmfc_features_evaluate(features, candles, values, &err) != LSTMFC_OK) {
        *code = quiet ? TOOL_DATA : clauses_fail(o, &err);
        free(values);
        values = NULL;
    }
    stable = features ? lstmfc_features_stable(features, 0) : 0;
    for (t = 0; values && t < stable && t < (int64_t)n; t++)            /* they still remember where the file began */
        for (k = 0; k < *count; k++) values[(size_t)t * *count + k] = lstmfc_nan();
    lstmfc_features_free(features);
    return values;
}

/* ---- what the training part says -------------------------------------------------------------------------------- */

/* A share that the model file's options give, or the default of the table. */
static double val_share(const lstmfc_forecaster_info *info) {
    lstmfc_json *json = info->options ? lstmfc_json_parse(info->options, strlen(info->options), NULL, NULL) : NULL;
    lstmfc_forecaster_desc defaults = lstmfc_forecaster_desc_default();
    double val = defaults.val;
    char text[64];
    if (lstmfc_json_string(json, lstmfc_json_get(json, 0, "val"), text, sizeof text, NULL)
        && (!strcmp(text, "none") || !lstmfc_parse_double(text, strlen(text), &val))) val = 0;
    lstmfc_json_free(json);
    return val > 0 ? val : 0;
}

/* A part of the bars of the training: forecasts and outcomes of the origins in it. */
typedef struct part { size_t first, count; lstmfc_forecast *forecasts; lstmfc_outcome *outcomes; } part;

static void part_free(part *p) {
    free(p->forecasts);
    free(p->outcomes);
    memset(p, 0, sizeof *p);
}

/* Why the model file does not say which bars were validation; NULL: it does. */
static const char *no_parts(const lstmfc_forecaster_info *info) {
    return info->member_count ? "it is an ensemble" : info->updates ? "it was updated since"
         : info->pool_count ? "it was trained on several symbols" : NULL;
}

/* The validation part, its calibration part included (calibration: that alone). count 0: the candles do not hold it, or the training had
   none, or nobody knows where it was. */
static int part_of(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_forecaster_info *info, const lstmfc_candles *candles,
                   int32_t longest, int calibration, part *p) {
    lstmfc_error err = {0};
    lstmfc_spans spans;
    double val = val_share(info);
    size_t base = 0;
    memset(p, 0, sizeof *p);
    while (base < candles->count && candles->time[base] < info->from) base++;
    if (!(val > 0) || no_parts(info) || base + (size_t)info->rows > candles->count || candles->time[base] != info->from
        || candles->time[base + (size_t)info->rows - 1] != info->seen_to
        || lstmfc_spans_make(info->rows, info->stable, info->window, longest, val, 0, info->target != LSTMFC_TARGET_DIRECTION
                             && info->intervals != LSTMFC_INTERVALS_LEARNED, &spans, NULL) != LSTMFC_OK) return TOOL_OK;
    p->first = base + (size_t)(calibration ? spans.cal_first : spans.val_first);
    p->count = (size_t)(spans.cal_end > spans.cal_first ? spans.cal_end : spans.val_end) + base - p->first;
    if (calibration && spans.cal_end <= spans.cal_first) p->count = 0;
    if (!p->count) return TOOL_OK;
    p->forecasts = (lstmfc_forecast *)calloc(p->count, sizeof *p->forecasts);
    p->outcomes = (lstmfc_outcome *)calloc(p->count, sizeof *p->outcomes);
    if (!p->forecasts || !p->outcomes) { part_free(p); return tool_fail(o, TOOL_FAILURE, "out of memory"); }
    if (lstmfc_forecaster_predict_intervals(forecaster, candles, LSTMFC_INTERVALS_SPLIT, p->first, p->count, p->forecasts, NULL, &err)
            == LSTMFC_OK
        && lstmfc_forecaster_outcomes(forecaster, candles, p->first, p->count, p->outcomes, &err) == LSTMFC_OK) return TOOL_OK;
    part_free(p);
    return tool_fail_error(o, &err);
}

/* Calibration residuals in units of the volatility of their bar (price_level: of the price), ascending: those of the calibration bars
   where the candles hold them, else the sizes that the model file keeps, each with both signs. */
typedef struct residuals { double *values; size_t count; int32_t from; } residuals;
#define SIZES "sizes of the calibration residuals in the model file, each with both signs: "
enum { FROM_NOWHERE, FROM_BARS, FROM_ENSEMBLE, FROM_UPDATED, FROM_FILE, FROM_PROBABILITY, FROM_VOTES, FROM_LEARNED, FROM_END };
static const char *const froms[FROM_END] = {
    "none: the model was trained without a calibration part", "residuals of the calibration bars", SIZES "it is an ensemble",
    SIZES "it was updated since", SIZES "the candles do not hold those bars", "the probability itself", "none: a share of votes is no probability",
    "none: the model file keeps misses of a learned interval, no residuals, and the candles do not hold the calibration bars"
};

static double level_or_log(const lstmfc_forecaster_info *info, double price, double log_return) {
    return info->target == LSTMFC_TARGET_PRICE_LEVEL ? price : log_return;
}

static int residuals_of(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_forecaster_info *info,
                        const lstmfc_candles *candles, int32_t longest, const double *volatility, size_t stride, residuals *r) {
    part p;
    int code = part_of(o, forecaster, info, candles, longest, 1, &p);
    size_t i, most = p.count ? p.count : 2 * (size_t)info->cal_samples;
    memset(r, 0, sizeof *r);
    if (code != TOOL_OK) return code;
    if (!(r->values = (double *)calloc(most + 1, sizeof *r->values))) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 0; code == TOOL_OK && i < p.count; i++) {
        double yardstick = info->target == LSTMFC_TARGET_PRICE_LEVEL ? 1 : volatility[(p.first + i) * stride];
        double forecast = level_or_log(info, p.forecasts[i].price, p.forecasts[i].log_return);
        double truth = level_or_log(info, p.outcomes[i].value, p.outcomes[i].log_return), score = (truth - forecast) / yardstick;
        if (p.outcomes[i].reason == LSTMFC_OUTCOME_KNOWN && yardstick > 0 && lstmfc_is_finite(score)) r->values[r->count++] = score;
    }
    if (p.count) r->from = FROM_BARS;
    if (!p.count && info->scores && (info->quantile_count || info->gaussian)) r->from = FROM_LEARNED;
    for (i = 0; code == TOOL_OK && !p.count && info->scores && r->from != FROM_LEARNED && i < (size_t)info->cal_samples; i++) {
        r->values[r->count++] = info->scores[i];
        r->values[r->count++] = -info->scores[i];
        r->from = info->member_count ? FROM_ENSEMBLE : info->updates ? FROM_UPDATED : FROM_FILE;
    }
    lstmfc_sort(r->count, r->values);
    part_free(&p);
    return code;
}

/* Share of the residuals with which the move ends on `side` of the price: move + residual*yardstick. */
static double share_beyond(const residuals *r, double move, double yardstick, int side) {
    size_t i, n = 0;
    if (!r->count || !lstmfc_is_finite(move) || !(yardstick > 0)) return lstmfc_nan();
    for (i = 0; i < r->count; i++) n += side * (move + r->values[i] * yardstick) > 0;
    return (double)n / (double)r->count;
}

/* ---- thresholds ------------------------------------------------------------------------------------------------- */

/* The quantile of |forecast log return| over the validation part. */
static int quantile_of(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_forecaster_info *info,
                       const lstmfc_candles *candles, int32_t longest, double q, double *out) {
    part p;
    double *sizes;
    size_t i, n = 0;
    char from[32], to[32];
    int code = part_of(o, forecaster, info, candles, longest, 0, &p);
    if (code != TOOL_OK) return code;
    if (no_parts(info))
        return tool_fail(o, TOOL_DATA, "--threshold quantile: which bars were validation is not known of this model, for %s; give a number",
                         no_parts(info));
    if (!p.count && !(val_share(info) > 0))
        return tool_fail(o, TOOL_DATA, "--threshold quantile: the model was trained without validation (--val none)");
    if (!p.count)
        return tool_fail(o, TOOL_DATA, "--threshold quantile is taken from the validation bars of the training: give candles that hold all "
                         "its bars, %s to %s", tool_time(from, info->from, info->interval), tool_time(to, info->seen_to, info->interval));
    sizes = (double *)calloc(p.count, sizeof *sizes);
    for (i = 0; sizes && i < p.count; i++) {
        double y = p.forecasts[i].log_return;
        if (lstmfc_is_finite(y)) sizes[n++] = y < 0 ? -y : y;
    }
    if (!sizes) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (!n) code = tool_fail(o, TOOL_DATA, "--threshold quantile: no bar of validation has a forecast");
    else { lstmfc_sort(n, sizes); *out = lstmfc_quantile_sorted(n, sizes, q); }
    free(sizes);
    part_free(&p);
    return code;
}

static int priced(int32_t target) {
    return target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN || target == LSTMFC_TARGET_PRICE_LEVEL;
}

/* Words of --threshold: the share of quantile:Q into *q, 1 where it is one; 0 for other words that are right; -1 and a message. */
static int words_of(const options *o, int is_e, double *q) {
    const char *words = o->threshold;
    if (!words) return 0;
    if (!strncmp(words, "quantile:", 9)) {
        if (lstmfc_parse_double(words + 9, strlen(words + 9), q) == strlen(words + 9) && *q >= 0 && *q < 1) return 1;
        tool_fail(o, TOOL_USAGE, "--threshold %.60s: expected a share from 0 to below 1, such as quantile:0.9", words);
        return -1;
    }
    if (!strcmp(words, "atr") || !strcmp(words, "literal")) {
        if (is_e) return 0;
        tool_fail(o, TOOL_USAGE, "--threshold %s is of system E's rules: add --rules e", words);
    } else tool_fail(o, TOOL_USAGE, "--threshold %.60s: expected a log return, atr, literal or quantile:Q, such as quantile:0.9", words);
    return -1;
}

static int not_priced(const options *o, int32_t target) {
    return tool_fail(o, TOOL_USAGE, "--rules e compares a predicted price with the last one; the target of the model is %s",
                     tool_target_name(target));
}

int rules_check(const options *o, rules_asked asked, int32_t target, int auto_is_e, int has_val) {
    double q;
    int words, is_e = asked.rules == RULES_E || (asked.rules == RULES_AUTO && auto_is_e);
    if (asked.rules == RULES_E && !priced(target)) return not_priced(o, target);
    if (!asked_by(o, asked, is_e ? RULES_E : RULES_PLAIN)) return TOOL_USAGE;
    words = words_of(o, is_e, &q);
    if (words == 1 && !has_val)
        return tool_fail(o, TOOL_USAGE, "--threshold quantile is taken from the validation part of the training, and --val none has none");
    return words < 0 ? TOOL_USAGE : -1;
}

/* What is the same at every bar of a series. */
typedef struct ground {
    const options *o;
    const lstmfc_forecaster *forecaster;
    int32_t longest;
    lstmfc_forecaster_info info;
    lstmfc_signal_desc signals;         /* its threshold is `size` */
    const char *expression;             /* of the threshold in units of the price; NULL: `size`, a log return */
    double size, q;                     /* q: of --threshold quantile:Q; NaN: another one */
    residuals scores;
} ground;

/* The threshold in words; of a quantile `size` is known by then. */
static void threshold_text(const ground *g, rules_result *r) {
    const char *words = g->o->threshold;
    size_t room = sizeof r->threshold;
    if (!lstmfc_is_nan(g->q)) snprintf(r->threshold, room, "%.6g, the %g quantile of |forecast| on validation", g->size, g->q);
    else if (g->expression) snprintf(r->threshold, room, words && !strcmp(words, "literal") ? "0.5 ATR + 0.3 volatility as a bare number"
                                                         : "0.5 ATR + 0.3 volatility in price units");
    else if (g->info.target == LSTMFC_TARGET_DIRECTION && r->rules != RULES_E)
        snprintf(r->threshold, room, "a probability beyond 0.5 by a band of %.6g", g->signals.band);
    else snprintf(r->threshold, room, "a log return of %.6g", g->size);
}

/* What --threshold says of rules that are chosen: all but the quantile, which is in the candles. */
static int threshold_of(ground *g, rules_result *r) {
    const char *words = g->o->threshold;
    int quantile = words_of(g->o, r->rules == RULES_E, &g->q);
    if (quantile < 0) return TOOL_USAGE;
    r->quantile = lstmfc_nan();
    if (!quantile) g->q = lstmfc_nan();
    if (!quantile && r->rules == RULES_E && (words || !options_given(g->o, "threshold")))
        g->expression = words && !strcmp(words, "literal") ? "0.5*atr(14) + 0.3*realized_vol(20)" : "threshold";
    threshold_text(g, r);
    return TOOL_OK;
}

/* What candles say that hold the bars of the training, or what is said without them: quantile and residuals. values [bars][columns]: those
   of clause_text, the volatility in column `at`. */
static int learn(ground *g, const lstmfc_candles *candles, const double *values, size_t columns, size_t at, rules_result *r) {
    int code = TOOL_OK;
    if (!lstmfc_is_nan(g->q)) {
        code = quantile_of(g->o, g->forecaster, &g->info, candles, g->longest, g->q, &g->size);
        r->quantile = g->signals.threshold = g->size;
        threshold_text(g, r);
    }
    if (code == TOOL_OK && g->info.target != LSTMFC_TARGET_DIRECTION) {
        free(g->scores.values);
        code = residuals_of(g->o, g->forecaster, &g->info, candles, g->longest, values + at, columns, &g->scores);
    } else g->scores.from = members_vote(&g->info) ? FROM_VOTES : FROM_PROBABILITY;
    r->residuals = froms[g->scores.from];
    return code;
}

/* ---- clauses ---------------------------------------------------------------------------------------------------- */

/* "clause_rsi_long1 = ..., ..." of every expression of the clauses in order, then volatility, whose number is returned, and `threshold`
   if there is one. */
static size_t clause_text(lstmfc_writer *w, int rules, const char *threshold) {
    int k, side, i, n = 0;
    for (k = 0; k < sets[rules].count; k++)
        for (side = 0; side < 2; side++)
            for (i = 0; i < 2 && sets[rules].table[k].above[side][i]; i++)
                tool_print(w, "%sclause_%s_%s%d = %s", n++ ? ", " : "", rules_clause_name(rules, k), side_name[side], i + 1,
                           sets[rules].table[k].above[side][i]);
    tool_print(w, "%svolatility = realized_vol(20)", n ? ", " : "");
    if (threshold) tool_print(w, ", threshold = %s", threshold);
    lstmfc_write_text(w, "", 1);
    return (size_t)n;
}

/* The bits of the clauses that hold for each side at a bar, but those of the forecast; row: the values of clause_text. */
static void clauses_at(int rules, const double *row, uint32_t passed[2]) {
    int k, side, i, n = 0;
    passed[0] = passed[1] = 0;
    for (k = 0; k < sets[rules].count; k++)
        for (side = 0; side < 2; side++) {
            const clause *c = &sets[rules].table[k];
            int holds = 1;
            for (i = 0; i < 2 && c->above[side][i]; i++, n++) holds = holds && (row[n] > 0 || (c->or_equal && row[n] >= 0));
            if (holds && k) passed[side] |= (uint32_t)1 << k;
        }
}

/* x beyond edge by more than rounding */
static int beyond(double x, double edge) {
    double size = x < 0 ? -x : x;
    if (size < edge) size = edge;
    return x - edge > 4 * 2.220446049250313e-16 * size;
}

/* The bar's signal from its clauses, row: the values of clause_text there, the volatility in column `at`. Without a forecast there is none. */
static int bar_of(const ground *g, const rules_result *r, const lstmfc_forecast *f, const double *row, size_t at, rules_bar *bar) {
    lstmfc_error err = {0};
    double plain = 0, difference = f->price - f->close, move, yardstick;
    int leaning = difference < 0 ? -1 : 1, up, down, direction = g->info.target == LSTMFC_TARGET_DIRECTION;
    bar->confidence = lstmfc_nan();
    if (r->rules == RULES_PLAIN
        && lstmfc_signals(g->info.target, 1, f, &g->signals, &plain, &bar->confidence, &err) != LSTMFC_OK) return tool_fail_error(g->o, &err);
    if (members_vote(&g->info)) bar->confidence = lstmfc_nan();
    if (direction)                                      /* of the side that the forecast leans to */
        bar->threshold = f->probability_up < 0.5 && !g->signals.long_only ? 0.5 - g->signals.band : 0.5 + g->signals.band;
    else bar->threshold = g->expression ? row[at + 1] : f->close * lstmfc_expm1(g->size);
    if (!lstmfc_is_finite(f->value)) return TOOL_OK;
    clauses_at(r->rules, row, bar->passed);
    if (r->rules == RULES_E) {
        bar->passed[RULES_LONG] |= (uint32_t)beyond(difference, bar->threshold);
        bar->passed[RULES_SHORT] |= (uint32_t)beyond(-difference, bar->threshold);
    } else {
        bar->passed[RULES_LONG] |= plain > 0;
        bar->passed[RULES_SHORT] |= plain < 0;
    }
    up = (bar->passed[RULES_LONG] & r->asked) == r->asked;
    down = (bar->passed[RULES_SHORT] & r->asked) == r->asked;
    bar->signal = up && down ? 0 : up ? 1 : down && !g->signals.long_only ? -1 : 0;      /* both: only where the forecast is off */
    if (direction) return TOOL_OK;
    move = level_or_log(&g->info, difference, f->log_return);
    yardstick = g->info.target == LSTMFC_TARGET_PRICE_LEVEL ? 1 : row[at];
    bar->confidence = share_beyond(&g->scores, move, yardstick, bar->signal ? bar->signal : leaning);
    return TOOL_OK;
}

static void count_bar(rules_result *r, const rules_bar *bar) {
    int side, k;
    for (side = 0; side < 2; side++) {
        uint32_t passed = bar->passed[side], others = r->asked & ~(uint32_t)1;
        for (k = 0; k < r->clauses; k++) {
            uint32_t up_to = r->asked & (((uint32_t)2 << k) - 1);
            r->side[side].alone[k] += passed >> k & 1;
            r->side[side].left[k] += (passed & up_to) == up_to;
        }
        r->side[side].others += (passed & others) == others;
    }
    r->longs += bar->signal > 0;
    r->shorts += bar->signal < 0;
    r->flats += bar->signal == 0;
}

/* side: of the forecast, above or below 0 */
static void count_outcome(rules_result *r, const rules_bar *bar, double side, const lstmfc_outcome *outcome) {
    rules_side *s = &r->side[bar->signal < 0];
    double move = outcome->log_return;
    if (outcome->reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(move)) return;
    if ((side > 0 || side < 0) && (move > 0 || move < 0)) {
        r->known++;
        r->right += (side > 0) == (move > 0);
    }
    if (!bar->signal) return;
    move *= bar->signal;
    s->mean = ((s->known ? s->mean * (double)s->known : 0) + move) / (double)(s->known + 1);
    s->known++;
    s->right += move > 0;
}

/* Which rules `auto` means: system E's for a model of price on its features. */
static int chosen(const options *o, int32_t rules, const lstmfc_forecaster_info *info, int *code) {
    static const char *const presets[] = {"@e", "@e_literal"};
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    const char *spec = info->member_count ? lstmfc_forecaster_get_info(info->members[0]).feature_spec : info->feature_spec;
    int i, found = 0;
    if (rules == RULES_E && !priced(info->target)) *code = not_priced(o, info->target);
    if (rules != RULES_AUTO) return rules;
    desc.start_dependent = 1;
    for (i = 0; i < 2 && priced(info->target) && !found; i++) {
        lstmfc_features *features = lstmfc_features_compile(presets[i], &desc, NULL);
        found = features && spec && !strcmp(lstmfc_features_spec(features), spec);
        lstmfc_features_free(features);
    }
    return found ? RULES_E : RULES_PLAIN;
}

int rules_auto(const options *o, const lstmfc_forecaster *forecaster) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    int code;
    return chosen(o, RULES_AUTO, &info, &code);
}

static void finish(rules_result *r, double *ratios, size_t n) {
    int side, k;
    if (n) lstmfc_sort(n, ratios);
    r->median_threshold = n ? lstmfc_quantile_sorted(n, ratios, 0.5) : lstmfc_nan();
    for (side = 0; side < 2; side++) {
        r->side[side].ends = -1;
        for (k = r->clauses; k-- > 0;) if ((r->asked >> k & 1) && !r->side[side].left[k]) r->side[side].ends = k;
        if (!r->side[side].known) r->side[side].mean = lstmfc_nan();
    }
}

int32_t rules_longest(const lstmfc_forecaster *model) {
    int32_t answers = lstmfc_forecaster_get_info(model).answers;
    return lstmfc_forecaster_get_info(lstmfc_forecaster_answer(model, answers - 1)).horizon;
}

/* Rules and threshold of a model, and the text of what they read of candles: the volatility in its column *at, the threshold after it. */
static int begin(ground *g, const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_forecaster *forecaster,
                 int32_t longest, rules_result *r, lstmfc_writer *text, size_t *at) {
    lstmfc_error err = {0};
    int code = TOOL_OK;
    memset(g, 0, sizeof *g);
    memset(r, 0, sizeof *r);
    g->o = o;
    g->forecaster = forecaster;
    g->longest = longest;
    g->signals = *signals;
    g->size = signals->threshold;
    g->info = lstmfc_forecaster_get_info(forecaster);
    if (g->info.member_count) g->info.profile = lstmfc_forecaster_get_info(g->info.members[0]).profile;
    r->rules = chosen(o, asked.rules, &g->info, &code);
    r->clauses = sets[r->rules].count;
    if (code == TOOL_OK && !(r->asked = asked_by(o, asked, r->rules))) code = TOOL_USAGE;
    if (code == TOOL_OK) code = threshold_of(g, r);
    if (code == TOOL_OK && r->rules == RULES_PLAIN && lstmfc_signals(g->info.target, 0, NULL, signals, NULL, NULL, &err) != LSTMFC_OK)
        code = tool_fail_error(o, &err);
    if (code == TOOL_OK) *at = clause_text(text, r->rules, g->expression);
    if (code == TOOL_OK && text->failed != LSTMFC_OK) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    return code;
}

int rules_run(const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_forecaster *forecaster, int32_t longest,
              const lstmfc_candles *candles, size_t first, size_t count, const lstmfc_forecast *forecasts,
              const lstmfc_outcome *outcomes, rules_result *r) {
    ground g;
    lstmfc_writer text;
    double *values = NULL, *ratios = NULL;
    size_t i, columns = 0, at = 0, n = 0;
    int code, direction;
    lstmfc_writer_init(&text, NULL);
    code = begin(&g, o, asked, signals, forecaster, longest, r, &text, &at);
    r->count = count;
    direction = g.info.target == LSTMFC_TARGET_DIRECTION;
    if (code == TOOL_OK) values = columns_of(o, &g.info, candles, text.text, 0, &columns, &code);
    lstmfc_writer_free(&text);
    r->bars = (rules_bar *)calloc(count + 1, sizeof *r->bars);
    ratios = (double *)calloc(count + 1, sizeof *ratios);
    if (code == TOOL_OK && (!r->bars || !ratios)) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) code = learn(&g, candles, values, columns, at, r);
    for (i = 0; code == TOOL_OK && i < count; i++) {
        const lstmfc_forecast *f = &forecasts[i];
        const double *row = values + (first + i) * columns;
        rules_bar *bar = &r->bars[i];
        code = bar_of(&g, r, f, row, at, bar);
        if (!lstmfc_is_finite(f->value)) continue;              /* no forecast, no signal */
        r->forecasts++;
        count_bar(r, bar);
        if (outcomes) count_outcome(r, bar, direction ? f->probability_up - 0.5 : f->price - f->close, &outcomes[i]);
        if (!direction && row[at] > 0 && lstmfc_is_finite(bar->threshold)) ratios[n++] = bar->threshold / (f->close * row[at]);
    }
    finish(r, ratios, n);
    free(values); free(ratios); free(g.scores.values);
    if (code != TOOL_OK) rules_free(r);
    return code;
}

void rules_free(rules_result *r) {
    free(r->bars);
    memset(r, 0, sizeof *r);
}

int rules_evaluate(const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs,
                   const lstmfc_forecaster *forecaster, int32_t longest, const lstmfc_candles *candles, evaluation *e, rules_result *r) {
    lstmfc_error err = {0};
    lstmfc_candles *part = NULL;
    lstmfc_backtest *traded = NULL;
    double *positions = NULL;
    size_t i;
    int code;
    memset(r, 0, sizeof *r);
    if (!e->backtest) return TOOL_OK;
    code = rules_run(o, asked, signals, forecaster, longest, candles, e->first, e->count, e->all, e->outcomes, r);
    if (code != TOOL_OK || (r->rules == RULES_PLAIN && !o->threshold)) return code;    /* e->backtest is that of the plain rule */
    positions = (double *)calloc(e->traded_count + 1, sizeof *positions);
    part = lstmfc_candles_slice(candles, e->traded, e->traded_count, &err);
    for (i = 0; positions && i < e->traded_count; i++) positions[i] = r->bars[e->traded - e->first + i].signal;
    if (!positions) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (!part || !(traded = lstmfc_backtest_run(part, positions, e->traded_count, costs, &err))) code = tool_fail_error(o, &err);
    if (traded) {
        lstmfc_backtest_free(e->backtest);
        e->backtest = traded;
        e->verdict[3] = traded->no_costs ? VERDICT_UNKNOWN : traded->pays_costs ? VERDICT_YES : VERDICT_NO;
    }
    free(positions);
    lstmfc_candles_free(part);
    if (code != TOOL_OK) rules_free(r);
    return code;
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

static const char *title(const rules_result *r) {
    return r->rules == RULES_E ? "system E's rules" : "the plain rule";
}

static int is_off(const rules_result *r, int k) { return !(r->asked >> k & 1); }

/* "no bar is left after 'adx'" or "" */
static void end_text(const rules_result *r, int side, char *out, size_t size) {
    const rules_side *s = &r->side[side];
    if (s->ends < 0) snprintf(out, size, "%lld %s signals", (long long)s->left[r->clauses - 1], side_name[side]);
    else snprintf(out, size, "no %s: the clause '%s' leaves none", side_name[side], rules_clause_name(r->rules, s->ends));
}

void rules_describe(lstmfc_writer *w, const rules_result *r) {
    char a[32], b[32], c[32], d[32], text[2][96], off[120];
    int k, side;
    tool_print(w, "signals       by %s%s on %s bars with a forecast: %lld long, ", title(r), rules_off(off, r), tool_count(a, r->forecasts),
               (long long)r->longs);
    tool_print(w, "%lld short, %s flat\n", (long long)r->shorts, tool_count(a, r->flats));
    tool_print(w, "threshold     %s; median %s volatilities of a bar\n", r->threshold, tool_figure(a, "%.2f", r->median_threshold));
    tool_print(w, "funnel        %-10s  %9s %9s  %-36s %9s %9s  %s\n", "", "long", "left", "", "short", "left", "");
    for (k = 0; k < r->clauses; k++)
        tool_print(w, "              %-10s  %9s %9s  %-36s %9s %9s  %s\n", rules_clause_name(r->rules, k), tool_count(a, r->side[0].alone[k]),
                   is_off(r, k) ? "off" : tool_count(b, r->side[0].left[k]), rules_clause(r->rules, k, 0), tool_count(c, r->side[1].alone[k]),
                   is_off(r, k) ? "off" : tool_count(d, r->side[1].left[k]), rules_clause(r->rules, k, 1));
    if (r->clauses > 1)
        tool_print(w, "              all but the forecast: %s bars of a long, %s of a short\n", tool_count(a, r->side[0].others),
                   tool_count(b, r->side[1].others));
    for (side = 0; side < 2; side++) end_text(r, side, text[side], sizeof text[side]);
    tool_print(w, "              %s; %s\n", text[0], text[1]);
    if (r->known)
        tool_print(w, "accuracy      %s of %s forecasts named the side of the move (%.2f %%)\n", tool_count(a, r->right), tool_count(b, r->known),
                   100 * (double)r->right / (double)r->known);
    for (side = 0; side < 2; side++) {
        const rules_side *s = &r->side[side];
        if (s->known)
            tool_print(w, "%-14s%lld of %lld %s signals moved as they said (%.1f %%), mean move %+.4f %%\n", side ? "" : "right",
                       (long long)s->right, (long long)s->known, side_name[side], 100 * (double)s->right / (double)s->known, 100 * s->mean);
    }
}

void rules_json(lstmfc_writer *w, const char *key, const rules_result *r) {
    int k, side;
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_string(w, "rules", r->rules == RULES_E ? "e" : "plain");
    lstmfc_json_put_string(w, "threshold", r->threshold);
    lstmfc_json_put_number(w, "median_threshold_in_volatilities", r->median_threshold);
    lstmfc_json_put_integer(w, "forecasts", r->forecasts);
    lstmfc_json_put_integer(w, "long", r->longs);
    lstmfc_json_put_integer(w, "short", r->shorts);
    lstmfc_json_put_integer(w, "flat", r->flats);
    lstmfc_json_put_integer(w, "outcomes", r->known);
    lstmfc_json_put_integer(w, "right", r->right);
    lstmfc_json_put_number(w, "accuracy", r->known ? (double)r->right / (double)r->known : lstmfc_nan());
    lstmfc_json_begin(w, "funnel", '{');
    for (side = 0; side < 2; side++) {
        const rules_side *s = &r->side[side];
        lstmfc_json_begin(w, side_name[side], '{');
        lstmfc_json_begin(w, "clauses", '[');
        for (k = 0; k < r->clauses; k++) {
            lstmfc_json_begin(w, NULL, '{');
            lstmfc_json_put_string(w, "clause", rules_clause_name(r->rules, k));
            lstmfc_json_put_string(w, "asks", rules_clause(r->rules, k, side));
            if (is_off(r, k)) lstmfc_json_put_bool(w, "off", 1);
            lstmfc_json_put_integer(w, "alone", s->alone[k]);
            lstmfc_json_put_integer(w, "left", s->left[k]);
            lstmfc_json_end(w, '}');
        }
        lstmfc_json_end(w, ']');
        lstmfc_json_put_integer(w, "all_but_the_forecast", s->others);
        if (s->ends < 0) lstmfc_json_put_number(w, "ends_at", lstmfc_nan());
        else lstmfc_json_put_string(w, "ends_at", rules_clause_name(r->rules, s->ends));
        lstmfc_json_put_integer(w, "outcomes", s->known);
        lstmfc_json_put_integer(w, "right", s->right);
        lstmfc_json_put_number(w, "accuracy", s->known ? (double)s->right / (double)s->known : lstmfc_nan());
        lstmfc_json_put_number(w, "mean_move", s->mean);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, '}');
    lstmfc_json_end(w, '}');
}

/* Text of a clause in HTML: it may hold < and >. */
static void clause_html(lstmfc_writer *w, const char *text) {
    for (; *text; text++) tool_print(w, *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "%c", *text);
}

void rules_html(lstmfc_writer *w, const rules_result *r) {
    char a[32], b[32], text[2][96], off[120];
    int k, side;
    if (!r->clauses) return;
    tool_print(w, "<h2>What became of the forecasts?</h2>\n<p>Signals by %s%s on %s bars with a forecast: %lld long, ", title(r), rules_off(off, r),
               tool_count(a, r->forecasts), (long long)r->longs);
    tool_print(w, "%lld short, %s flat. Threshold: %s", (long long)r->shorts, tool_count(b, r->flats), r->threshold);
    tool_print(w, "; its median is %s volatilities of a bar. ", tool_figure(a, "%.2f", r->median_threshold));
    tool_print(w, "A clause alone holds on so many bars; left are those on which it and all before it hold.%s</p>\n<div class=\"charts\">", *off ? " One that is off is not asked." : "");
    for (side = 0; side < 2; side++) {
        tool_print(w, "<div class=\"scroll\"><table><tr><th>A %s asks for</th><th>Alone</th><th>Left</th></tr>", side_name[side]);
        for (k = 0; k < r->clauses; k++) {
            tool_print(w, "<tr><td>");
            clause_html(w, rules_clause(r->rules, k, side));
            tool_print(w, "</td><td>%s</td><td>%s</td></tr>", tool_count(a, r->side[side].alone[k]),
                       is_off(r, k) ? "off" : tool_count(b, r->side[side].left[k]));
        }
        tool_print(w, "</table></div>\n");
    }
    tool_print(w, "</div>\n<p class=\"sub\">");
    for (side = 0; side < 2; side++) end_text(r, side, text[side], sizeof text[side]);
    tool_print(w, "%c%s; %s.", text[0][0] == 'n' ? 'N' : text[0][0], text[0] + 1, text[1]);
    if (r->clauses > 1)
        tool_print(w, " All clauses but the forecast hold on %s bars for a long, on %s for a short.", tool_count(a, r->side[0].others),
                   tool_count(b, r->side[1].others));
    if (r->known)
        tool_print(w, " %s of %s forecasts named the side of the move (%.2f&nbsp;%%).", tool_count(a, r->right), tool_count(b, r->known),
                   100 * (double)r->right / (double)r->known);
    for (side = 0; side < 2; side++) {
        const rules_side *s = &r->side[side];
        if (s->known)
            tool_print(w, " %lld of %lld %s signals moved as they said (%.1f&nbsp;%%), by %+.4f&nbsp;%% in the mean.", (long long)s->right,
                       (long long)s->known, side_name[side], 100 * (double)s->right / (double)s->known, 100 * s->mean);
    }
    tool_print(w, "</p>\n");
}

static void cell(lstmfc_writer *w, double value) {
    char text[32];
    lstmfc_write_text(w, ",", 1);
    if (lstmfc_is_finite(value)) lstmfc_write_text(w, text, lstmfc_format_double(text, value));
}

void rules_csv(lstmfc_writer *w, const rules_result *r, const lstmfc_forecast *forecasts) {
    char text[32];
    size_t i;
    tool_print(w, "time,signal,confidence,close,predicted,threshold,long_passed,short_passed\n");
    for (i = 0; i < r->count; i++) {
        const rules_bar *b = &r->bars[i];
        lstmfc_write_text(w, text, lstmfc_format_time(text, forecasts[i].time));
        tool_print(w, ",%d", b->signal);
        cell(w, b->confidence); cell(w, forecasts[i].close); cell(w, forecasts[i].price); cell(w, b->threshold);
        tool_print(w, ",%u,%u\n", (unsigned)b->passed[0], (unsigned)b->passed[1]);
    }
}

static const char *const indicators[][2] = {
    {"rsi", "rsi(14)"}, {"stoch_rsi", "stochrsi(14,14,3,3).raw"}, {"macd", "macd(12,26,9).line"}, {"macd_signal", "macd(12,26,9).signal"},
    {"macd_diff", "macd(12,26,9).hist"}, {"bb_middle", "bbands(20,2).middle"}, {"bb_upper", "bbands(20,2).upper"},
    {"bb_lower", "bbands(20,2).lower"}, {"bb_width", "bbands(20,2).width"}, {"atr", "atr(14)"}, {"adx", "adx(14)"}, {"ema_20", "ema(20)"},
    {"ema_50", "ema(50)"}, {"obv", "obv"}, {"obv_mean", "sma(obv,20)"}, {"vwap", "vwap(14)"}, {"volume", "sma(volume,1)"},
    {"volume_mean", "sma(volume,20)"}, {"volume_delta", "volume_delta"}, {"volume_ratio", "volume_ratio(20)"},
    {"log_return", "log_return(close)"}, {"realized_volatility", "realized_vol(20)"},
    {"realized_volatility_mean", "sma(realized_vol(20),50)"}, {"price_ratio", "close/ema(20)"}, {"trend", "trend(20,50).state"},
    {"trend_cross", "trend(20,50).cross"}
};
enum { INDICATORS = (int)(sizeof indicators / sizeof indicators[0]) };

int rules_indicators_json(const options *o, lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_candles *candles) {
    size_t columns;
    int i;
    lstmfc_json_begin(w, "indicators", '{');
    for (i = 0; i < INDICATORS; i++) {
        int code = TOOL_OK;
        double *values = columns_of(o, info, candles, indicators[i][1], 1, &columns, &code);
        if (!values && code == TOOL_FAILURE) return code;
        lstmfc_json_put_number(w, indicators[i][0], values ? values[candles->count - 1] : lstmfc_nan());
        free(values);
    }
    lstmfc_json_end(w, '}');
    return TOOL_OK;
}

/* ---- bar by bar -------------------------------------------------------------------------------------------------- */

/* columns_of, a row at a time. */
typedef struct plan { lstmfc_features *features; lstmfc_features_state *state; int64_t stable; double *row; } plan;

struct rules_live {
    ground ground;
    rules_result head;                  /* without bars */
    plan clauses, indicators[INDICATORS];       /* features NULL: the candles have no such column */
    size_t at;                          /* the volatility in the row of the clauses */
    int64_t bars;
};

static int plan_make(plan *p, const lstmfc_forecaster_info *info, const char *text, lstmfc_error *err) {
    if ((p->features = compile(info, text, err)) == NULL || (p->state = lstmfc_features_state_create(p->features, err)) == NULL) return 0;
    p->stable = lstmfc_features_stable(p->features, 0);
    p->row = (double *)calloc((size_t)lstmfc_features_count(p->features), sizeof *p->row);
    return p->row != NULL;
}

static void plan_free(plan *p) {
    lstmfc_features_state_free(p->state);
    lstmfc_features_free(p->features);
    free(p->row);
    memset(p, 0, sizeof *p);
}

/* bar: its number in the series. */
static lstmfc_result plan_push(plan *p, int64_t bar, const lstmfc_candles *candles, size_t index, lstmfc_error *err) {
    int32_t k, count = lstmfc_features_count(p->features);
    lstmfc_result result = lstmfc_features_push(p->state, candles, index, p->row, err);
    for (k = 0; k < count && bar < p->stable; k++) p->row[k] = lstmfc_nan();
    return result;
}

rules_live *rules_live_create(const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_forecaster *forecaster,
                              int32_t longest, int *code) {
    rules_live *live = (rules_live *)calloc(1, sizeof *live);
    lstmfc_error err = {0};
    lstmfc_writer text;
    int i;
    if (!live) { *code = tool_fail(o, TOOL_FAILURE, "out of memory"); return NULL; }
    lstmfc_writer_init(&text, NULL);
    *code = begin(&live->ground, o, asked, signals, forecaster, longest, &live->head, &text, &live->at);
    if (*code == TOOL_OK && !plan_make(&live->clauses, &live->ground.info, text.text, &err))
        *code = err.code ? clauses_fail(o, &err) : tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 0; *code == TOOL_OK && i < INDICATORS; i++)
        if (!plan_make(&live->indicators[i], &live->ground.info, indicators[i][1], NULL)) *code = tool_fail(o, TOOL_FAILURE, "out of memory");
    lstmfc_writer_free(&text);
    if (*code == TOOL_OK) return live;
    rules_live_free(live);
    return NULL;
}

void rules_live_free(rules_live *live) {
    int i;
    if (!live) return;
    plan_free(&live->clauses);
    for (i = 0; i < INDICATORS; i++) plan_free(&live->indicators[i]);
    free(live->ground.scores.values);
    free(live);
}

void rules_live_asked(const rules_live *live, char *out, size_t size) {
    const ground *g = &live->ground;
    const rules_result *r = &live->head;
    char off[120];
    if (g->o->threshold) snprintf(out, size, "%s%s, threshold %.60s", title(r), rules_off(off, r), g->o->threshold);
    else if (g->info.target == LSTMFC_TARGET_DIRECTION) snprintf(out, size, "%s, band %g", title(r), g->signals.band);
    else if (g->expression) snprintf(out, size, "%s%s, threshold atr", title(r), rules_off(off, r));
    else snprintf(out, size, "%s%s, threshold %g", title(r), rules_off(off, r), g->signals.threshold);
    if (g->signals.long_only && strlen(out) + 12 < size) strcat(out, ", long only");
}

int rules_live_push(rules_live *live, const lstmfc_candles *candles, size_t index) {
    lstmfc_error err = {0};
    int i;
    if (plan_push(&live->clauses, live->bars, candles, index, &err) != LSTMFC_OK) return clauses_fail(live->ground.o, &err);
    for (i = 0; i < INDICATORS; i++)
        if (live->indicators[i].features && plan_push(&live->indicators[i], live->bars, candles, index, NULL) != LSTMFC_OK)
            plan_free(&live->indicators[i]);
    live->bars++;
    return TOOL_OK;
}

int rules_live_learn(rules_live *live, const lstmfc_candles *candles) {
    lstmfc_writer text;
    double *values = NULL;
    size_t columns, at;
    int code = TOOL_OK;
    lstmfc_writer_init(&text, NULL);
    at = clause_text(&text, live->head.rules, live->ground.expression);
    if (text.failed != LSTMFC_OK) code = tool_fail(live->ground.o, TOOL_FAILURE, "out of memory");
    else values = columns_of(live->ground.o, &live->ground.info, candles, text.text, 0, &columns, &code);
    if (values) code = learn(&live->ground, candles, values, columns, at, &live->head);
    lstmfc_writer_free(&text);
    free(values);
    return code;
}

int rules_live_tell(const rules_live *live, const lstmfc_forecast *forecast, rules_result *out) {
    int code;
    *out = live->head;
    out->count = 1;
    if (!(out->bars = (rules_bar *)calloc(1, sizeof *out->bars))) return tool_fail(live->ground.o, TOOL_FAILURE, "out of memory");
    code = bar_of(&live->ground, out, forecast, live->clauses.row, live->at, out->bars);
    if (code != TOOL_OK) rules_free(out);
    return code;
}

void rules_live_indicators_json(const rules_live *live, lstmfc_writer *w) {
    int i;
    lstmfc_json_begin(w, "indicators", '{');
    for (i = 0; i < INDICATORS; i++)
        lstmfc_json_put_number(w, indicators[i][0], live->indicators[i].features ? *live->indicators[i].row : lstmfc_nan());
    lstmfc_json_end(w, '}');
}

static size_t put(double *numbers, size_t at, double value) {
    if (numbers) numbers[at] = value;
    return at + 1;
}

size_t rules_live_numbers(const rules_live *live, double *numbers) {
    const residuals *scores = &live->ground.scores;
    size_t n = put(numbers, 0, (double)live->bars), i;
    int k;
    n = put(numbers, n, live->ground.size);
    n = put(numbers, n, (double)scores->from);
    n = put(numbers, n, (double)scores->count);
    for (i = 0; i < scores->count; i++) n = put(numbers, n, scores->values[i]);
    n += lstmfc_features_state_numbers(live->clauses.state, numbers ? numbers + n : NULL);
    for (k = 0; k < INDICATORS; k++) {
        n = put(numbers, n, live->indicators[k].features != NULL);
        if (live->indicators[k].features) n += lstmfc_features_state_numbers(live->indicators[k].state, numbers ? numbers + n : NULL);
    }
    return n;
}

/* The plan's share of the numbers, from *at on. */
static int plan_restore(plan *p, const double *numbers, size_t count, size_t *at) {
    size_t n = lstmfc_features_state_numbers(p->state, NULL);
    if (n > count - *at || lstmfc_features_state_restore(p->state, numbers + *at, n, NULL) != LSTMFC_OK) return 0;
    *at += n;
    return 1;
}

/* Is x a whole number from 0 to most? */
static int whole(double x, double most) { return x >= 0 && x <= most && x == (double)(int64_t)x; }

int rules_live_restore(rules_live *live, const double *numbers, size_t count) {
    ground *g = &live->ground;
    size_t at = 4, i;
    int k;
    if (count < 4 || !whole(numbers[0], 9e15) || !whole(numbers[2], FROM_END - 1) || !whole(numbers[3], (double)(count - 4))) return 0;
    live->bars = (int64_t)numbers[0];
    if (!lstmfc_is_nan(g->q)) {
        if (!(numbers[1] >= 0)) return 0;
        live->head.quantile = g->signals.threshold = g->size = numbers[1];
        threshold_text(g, &live->head);
    }
    g->scores.from = (int32_t)numbers[2];
    live->head.residuals = froms[g->scores.from];
    free(g->scores.values);
    g->scores.count = (size_t)numbers[3];
    if (!(g->scores.values = (double *)calloc(g->scores.count + 1, sizeof(double)))) { g->scores.count = 0; return 0; }
    for (i = 0; i < g->scores.count; i++, at++) g->scores.values[i] = numbers[at];
    if (!plan_restore(&live->clauses, numbers, count, &at)) return 0;
    for (k = 0; k < INDICATORS; k++) {
        int there = at < count && numbers[at] == 1;
        if (at++ >= count || (there && !live->indicators[k].features)) return 0;
        if (!there) plan_free(&live->indicators[k]);
        else if (!plan_restore(&live->indicators[k], numbers, count, &at)) return 0;
    }
    return at == count;
}
