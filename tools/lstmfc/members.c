/* members.c - ensembles: what they are made of, and what their weights and intervals are measured on.

   An average of forecasts is as a rule better than most of them, because their errors differ (Bates and Granger, The combination of
   forecasts, 1969), and equal weights are hard to beat (Stock and Watson, 2004). So the weights here are the plainest that learn
   anything, 1 / mean squared error, one number a member; and they are measured where no member was fitted:

       | ... the last fit label of all | longest window | weights ... | h | scores, in every calibration part | h | last seen bar

   Early stopping has seen those bars, as it has of each member alone; nothing has seen the bars that judge the ensemble. */
#include "members.h"
#include "chart.h"
#include "evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *members_how(int32_t how) {
    static const char *const names[] = {LSTMFC_CHOICES_HOW(LSTMFC__NAME)};
    return how >= 0 && how <= LSTMFC_HOW_MEDIAN ? names[how] : "unknown";
}

int members_vote(const lstmfc_forecaster_info *info) { return info->members && info->how == LSTMFC_HOW_VOTE; }

static int voices_of(const lstmfc_forecaster_info *info) { return info->member_count + (info->member_file != NULL); }

const char *members_votes(char out[48], const lstmfc_forecaster_info *info, double share) {
    int voices = voices_of(info);
    if (lstmfc_is_finite(share)) snprintf(out, 48, "%d of %d voices say", (int)(share * voices + 0.5), voices);
    else snprintf(out, 48, "not every voice says");
    return out;
}

void members_votes_json(lstmfc_writer *w, const lstmfc_forecaster_info *info, double share) {
    lstmfc_json_put_number(w, "probability_up", lstmfc_nan());
    lstmfc_json_put_number(w, "votes_up", lstmfc_is_finite(share) ? (double)(int)(share * voices_of(info) + 0.5) : lstmfc_nan());
    lstmfc_json_put_integer(w, "voices", voices_of(info));
}

#define CSV_STARTS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\"'#;,\xEF"

/* ---- the file of probabilities ---------------------------------------------------------------------------------- */

/* Every row is a bar of the candles, or lies before the first or after the last one. */
static int place(const options *o, const char *path, const lstmfc_candles *rows, const lstmfc_candles *candles, double *values) {
    const double *p = lstmfc_candles_column(rows, "probability");
    char when[32];
    size_t i, t = 0, placed = 0;
    if (!p) return tool_fail(o, TOOL_DATA, "%s: there is no column `probability` of numbers; expected the header time,probability", path);
    for (i = 0; i < candles->count; i++) values[i] = lstmfc_nan();
    for (i = 0; i < rows->count; i++) {
        lstmfc_format_time(when, rows->time[i]);
        if (lstmfc_is_finite(p[i]) && (p[i] < 0 || p[i] > 1))
            return tool_fail(o, TOOL_DATA, "%s: the probability at %s is %g; expected 0 .. 1", path, when, p[i]);
        while (t < candles->count && candles->time[t] < rows->time[i]) t++;
        if (t == candles->count || (t == 0 && candles->time[0] > rows->time[i])) continue;
        if (candles->time[t] != rows->time[i])
            return tool_fail(o, TOOL_DATA, "%s: a probability at %s, but no bar of the candles opens then", path, when);
        values[t] = p[i];
        placed++;
    }
    return placed ? TOOL_OK : tool_fail(o, TOOL_DATA, "%s: none of its rows is a bar of the candles", path);
}

int members_join(const options *o, const char *path, int64_t wanted, lstmfc_candles *candles, members_file *file) {
    lstmfc_error err = {0};
    lstmfc_csv_desc desc;
    lstmfc_candles *rows = NULL;
    lstmfc_column *columns;
    uint32_t sum = 2166136261u;
    size_t length = 0, i;
    char *text = tool_read(path, &length, CSV_STARTS, &err);
    int code;
    memset(file, 0, sizeof *file);
    if (!text) return tool_fail_as(o, TOOL_DATA, &err);
    for (i = 0; i < length; i++) sum = (sum ^ (unsigned char)text[i]) * 16777619u;
    memset(&desc, 0, sizeof desc);
    desc.env = tool_env();
    desc.expected = "the header time,probability";
    if (wanted >= 0 && wanted != (int64_t)sum)
        code = tool_fail(o, TOOL_DATA, "%s is not the file that the ensemble was made with: its contents have changed", path);
    else if (!(rows = lstmfc_candles_parse_csv(text, length, &desc, &err))) code = tool_fail_as(o, TOOL_DATA, &err);
    else {
        file->values = (double *)calloc(candles->count + 1, sizeof(double));
        columns = (lstmfc_column *)calloc(candles->column_count + 1, sizeof *columns);
        code = file->values && columns ? place(o, path, rows, candles, file->values) : tool_fail(o, TOOL_FAILURE, "out of memory");
        if (code == TOOL_OK) {
            if (candles->column_count) memcpy(columns, candles->columns, candles->column_count * sizeof *columns);
            columns[candles->column_count].name = path;
            columns[candles->column_count].values = file->values;
            file->candles = candles;
            file->before = candles->columns;
            file->sum = (int64_t)sum;
            candles->columns = columns;
            candles->column_count++;
        } else {
            free(columns);
            free(file->values);
            memset(file, 0, sizeof *file);
        }
    }
    lstmfc_candles_free(rows);
    lstmfc_file_release(text, length, NULL);
    return code;
}

int members_file_of(const options *o, const lstmfc_forecaster *forecaster, lstmfc_candles *candles, members_file *file) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    memset(file, 0, sizeof *file);
    return info.member_file ? members_join(o, info.member_file, info.member_file_sum, candles, file) : TOOL_OK;
}

void members_part(members_file *file) {
    if (!file->candles) return;
    free(file->candles->columns);
    file->candles->columns = file->before;
    file->candles->column_count--;
    free(file->values);
    memset(file, 0, sizeof *file);
}

lstmfc_candles members_before(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles) {
    lstmfc_candles before = *candles;
    const char *file = lstmfc_forecaster_get_info(forecaster).member_file;
    if (file && before.column_count && !strcmp(before.columns[before.column_count - 1].name, file)) before.column_count--;
    return before;
}

/* ---- measuring ------------------------------------------------------------------------------------------------- */

typedef struct work {
    const options *o;
    lstmfc_forecaster **members;
    int count, voices;
    lstmfc_ensemble_desc desc;
    lstmfc_candles seen;                /* the same arrays, cut after the last seen_to */
    int32_t target;
    int64_t h;
    members_measure *m;
    double *said;                       /* [end - first][voices] in the units that are combined, of volatility medians; NaN: silent */
    double *label;                      /* [end - first], NaN where nothing can be judged */
    lstmfc_forecast *made;              /* [end - first] */
    lstmfc_outcome *outcomes;           /* [end - first] */
} work;

/* The first bar after `time`. */
static int64_t bar_after(const lstmfc_candles *candles, int64_t time) {
    size_t low = 0, high = candles->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (candles->time[middle] <= time) low = middle + 1; else high = middle;
    }
    return (int64_t)low;
}

static int is_return(int32_t target) { return target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN; }

/* In units of the label: a log return, ln RV, a value. */
static double in_units(int32_t target, double said) { return target == LSTMFC_TARGET_VOLATILITY ? lstmfc_log(said) : said; }

static double voice(int32_t target, const lstmfc_forecast *f) { return is_return(target) ? f->log_return : f->value; }

/* What an interval is wide by: the deviation of the last 20 log returns, for all but returns 1. */
static double yardstick(int32_t target, const double *close, int64_t t) {
    lstmfc_moments moments = {0, 0, 0};
    int64_t k;
    if (!is_return(target)) return 1;
    if (t < 20) return 0;
    for (k = t - 19; k <= t; k++) lstmfc_moments_add(&moments, lstmfc_log(close[k] / close[k - 1]));
    return sqrt(lstmfc_moments_variance(&moments, 1));
}

/* The first origin of a member's calibration part: so many of its judged bars back from its last seen one. first where it is earlier. */
static int64_t calibrated_from(const work *k, const lstmfc_forecaster_info *info, int64_t first, int64_t end) {
    int64_t last = bar_after(&k->seen, info->seen_to) - k->h, left = info->cal_samples, t;
    if (last > end) last = end;
    for (t = last - 1; t > first && left > 0; t--) {
        const lstmfc_outcome *outcome = &k->outcomes[t - first];
        double score = in_units(k->target, voice(k->target, &k->made[t - first])) / yardstick(k->target, k->seen.close, t);
        left -= outcome->reason == LSTMFC_OUTCOME_KNOWN && lstmfc_is_finite(score);
    }
    return t + 1;
}

/* Forecasts of all voices, labels, and the parts. */
static int ask(work *k, const lstmfc_forecaster *mean) {
    lstmfc_error err = {0};
    members_measure *m = k->m;
    size_t first = (size_t)m->first, n = (size_t)(m->end - m->first), t;
    int i, calibrated = 1;
    m->split = m->first;
    for (i = 0; i < k->count; i++) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(k->members[i]);
        int64_t from;
        if (lstmfc_forecaster_predict_intervals(k->members[i], &k->seen, LSTMFC_INTERVALS_SPLIT, first, n, k->made, NULL, &err) != LSTMFC_OK
            || lstmfc_forecaster_outcomes(k->members[i], &k->seen, first, n, k->outcomes, &err) != LSTMFC_OK)
            return tool_fail_error(k->o, &err);
        for (t = 0; t < n; t++) k->said[t * (size_t)k->voices + (size_t)i] = voice(k->target, &k->made[t]) / info.volatility_factor;
        calibrated &= info.scores != NULL;
        from = calibrated ? calibrated_from(k, &info, m->first, m->end) : m->end;
        if (from > m->split) m->split = from;
    }
    if (!calibrated) m->split = m->end;
    for (t = 0; k->desc.file && t < n; t++)
        k->said[t * (size_t)k->voices + (size_t)k->count] = lstmfc_candles_column(&k->seen, k->desc.file)[first + t];
    /* the ensemble's own outcomes: a gap in the longest window counts */
    if (lstmfc_forecaster_outcomes(mean, &k->seen, first, n, k->outcomes, &err) != LSTMFC_OK) return tool_fail_error(k->o, &err);
    for (t = 0; t < n; t++) {
        const lstmfc_outcome *outcome = &k->outcomes[t];
        int known = outcome->reason == LSTMFC_OUTCOME_KNOWN;
        for (i = 0; i < k->voices; i++) known &= lstmfc_is_finite(k->said[t * (size_t)k->voices + (size_t)i]);
        k->label[t] = !known ? lstmfc_nan() : is_return(k->target) ? outcome->log_return : in_units(k->target, outcome->value);
    }
    return TOOL_OK;
}

/* Mean squared errors, and what the weights become by them. weights [voices]. */
static int weigh(work *k, double *weights) {
    members_measure *m = k->m;
    int64_t t, end = m->split < m->end ? m->split - k->h : m->end;
    double least, sum = 0;
    int i;
    for (i = 0; i < k->voices; i++) m->loss[i] = m->right[i] = 0;
    for (t = m->first; t < end; t++) {
        const double *said = k->said + (t - m->first) * k->voices;
        if (lstmfc_is_nan(k->label[t - m->first])) continue;
        m->weighed++;
        for (i = 0; i < k->voices; i++) {
            double e = in_units(k->target, said[i]) - k->label[t - m->first];
            m->loss[i] += e * e;
            m->right[i] += (said[i] > 0.5) == (k->label[t - m->first] > 0.5);
        }
    }
    for (i = 0; i < k->voices; i++) {
        m->loss[i] = m->weighed ? m->loss[i] / (double)m->weighed : lstmfc_nan();
        m->right[i] = m->weighed && k->target == LSTMFC_TARGET_DIRECTION ? m->right[i] / (double)m->weighed : lstmfc_nan();
    }
    for (i = 0; i < k->voices; i++) weights[i] = 1;
    if (k->desc.how != LSTMFC_HOW_WEIGHTED) return TOOL_OK;
    if (m->weighed < LSTMFC_FIT_LEAST)
        return tool_fail(k->o, TOOL_DATA, "--how weighted: %lld bars of validation that no member was fitted on, at least %d are "
                         "needed to weigh them: train them with a larger --val", (long long)m->weighed, LSTMFC_FIT_LEAST);
    for (least = m->loss[0], i = 1; i < k->voices; i++) if (m->loss[i] < least) least = m->loss[i];
    for (i = 0; i < k->voices; i++) sum += weights[i] = m->loss[i] > 1e6 * least ? 1e-6 : m->loss[i] > 0 ? least / m->loss[i] : 1;
    for (i = 0; i < k->voices; i++) weights[i] /= sum;
    return TOOL_OK;
}

/* scores [end - split] of the ensemble that has its weights. */
static int score(work *k, const lstmfc_forecaster *weighed, double *scores) {
    lstmfc_error err = {0};
    members_measure *m = k->m;
    size_t n = (size_t)(m->end - m->split), t;
    double factor = lstmfc_forecaster_get_info(weighed).volatility_factor;
    if (lstmfc_forecaster_predict_intervals(weighed, &k->seen, LSTMFC_INTERVALS_SPLIT, (size_t)m->split, n, k->made, NULL, &err) != LSTMFC_OK)
        return tool_fail_error(k->o, &err);
    for (t = 0; t < n; t++) {
        double y = in_units(k->target, voice(k->target, &k->made[t]) / factor), label = k->label[(size_t)(m->split - m->first) + t];
        double s = fabs(label - y) / yardstick(k->target, k->seen.close, m->split + (int64_t)t);
        if (lstmfc_is_finite(s)) scores[m->scored++] = s;
    }
    k->desc.scores = m->scored ? scores : NULL;
    k->desc.score_count = (size_t)m->scored;
    if (m->scored) {
        k->desc.scores_from = k->seen.time[m->split];
        k->desc.scores_to = k->seen.time[m->end - 1];
    }
    return TOOL_OK;
}

/* Where no member was fitted, and memory for it. */
static int begin(work *k) {
    int64_t seen_to = INT64_MIN, fit_to = INT64_MIN, window = 1;
    members_measure *m = k->m;
    size_t n;
    int i;
    for (i = 0; i < k->count; i++) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(k->members[i]);
        if (info.seen_to > seen_to) seen_to = info.seen_to;
        if (info.fit_to > fit_to) fit_to = info.fit_to;
        if (info.window > window) window = info.window;
        k->h = info.horizon;
        k->target = info.target;
    }
    k->seen.count = (size_t)bar_after(&k->seen, seen_to);
    m->first = m->split = bar_after(&k->seen, fit_to) + window - 1;
    m->end = (int64_t)k->seen.count - k->h;
    if (m->end < m->first) m->first = m->split = m->end = 0;
    n = (size_t)(m->end - m->first) + 1;
    k->said = (double *)calloc(n, (size_t)k->voices * sizeof(double));
    k->label = (double *)calloc(n, sizeof(double));
    k->made = (lstmfc_forecast *)calloc(n, sizeof *k->made);
    k->outcomes = (lstmfc_outcome *)calloc(n, sizeof *k->outcomes);
    return k->said && k->label && k->made && k->outcomes ? TOOL_OK : tool_fail(k->o, TOOL_FAILURE, "out of memory");
}

/* The member whose linear model did best on validation comes first: its baselines are the ensemble's. A ridge is fitted on the label in
   units of its member's own target_scale, so its loss is told in those of the label. order [MEMBERS_MOST]. */
static void lead(lstmfc_forecaster **members, int count, int *order) {
    double least = INFINITY;
    int best = 0, i;
    for (i = 0; i < MEMBERS_MOST; i++) order[i] = i;
    for (i = 0; i < count; i++) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(members[i]);
        double loss = !info.baselines || !info.baselines->linear ? INFINITY
                    : info.target == LSTMFC_TARGET_VOLATILITY ? info.baselines->linear_loss
                    : info.target == LSTMFC_TARGET_DIRECTION ? info.baselines->linear->val_loss
                    : info.baselines->linear->val_loss * info.target_scale * info.target_scale;
        if (loss < least) { least = loss; best = i; }
    }
    if (best) {
        lstmfc_forecaster *first = members[best];
        memmove(members + 1, members, (size_t)best * sizeof *members);
        memmove(order + 1, order, (size_t)best * sizeof *order);
        members[0] = first;
        order[0] = best;
    }
}

/* What a reader must know before the ensemble is asked anything. */
static void warn(const work *k) {
    const members_measure *m = k->m;
    double n = (double)m->weighed / (double)k->h, bound;
    int i, scored = 1;
    for (i = 0; i < k->count; i++) scored &= lstmfc_forecaster_get_info(k->members[i]).scores != NULL;
    if (scored && !m->scored)
        fprintf(stderr, "warning: no intervals: these candles do not hold the calibration bars of the members, or they were fitted on "
                        "each other's; give the candles they were trained on\n");
    else if (!m->weighed) fprintf(stderr, "note: nothing measured: these candles hold no bar of validation that no member was fitted on\n");
    bound = n >= LSTMFC_FIT_LEAST ? 0.54 + 2.5 / sqrt(n) : 1;   /* five errors above what honest features reach */
    for (i = 0; i < k->voices && m->weighed >= LSTMFC_FIT_LEAST; i++) {
        const char *name = i < k->count ? lstmfc_forecaster_get_info(k->members[i]).model_spec : k->desc.file;
        if (m->right[i] > bound || m->right[i] >= 1)
            fprintf(stderr, "warning: %.60s is right on %.2f %% of %lld bars that no member was fitted on: as a rule such a voice has seen "
                            "the outcomes\n", name, 100 * m->right[i], (long long)m->weighed);
        else if (!(m->loss[i] > 0))
            fprintf(stderr, "warning: %.60s has no error at all on %lld bars that no member was fitted on: as a rule such a voice has seen "
                            "the outcomes\n", name, (long long)m->weighed);
    }
}

/* An ensemble as the desc says, or NULL with *code set. */
static lstmfc_forecaster *create(work *k, int *code) {
    lstmfc_error err = {0};
    lstmfc_forecaster *made = lstmfc_ensemble_create(k->members, (size_t)k->count, &k->desc, &err);
    if (!made) *code = tool_fail_as(k->o, TOOL_USAGE, &err);
    return made;
}

lstmfc_forecaster *members_make(const options *o, lstmfc_forecaster **members, int count, const char *file, int64_t file_sum,
                                int32_t how, int64_t created, const lstmfc_candles *candles, members_measure *measured, int *code) {
    lstmfc_error err = {0};
    lstmfc_candles before;
    lstmfc_origin origin;
    lstmfc_forecaster *ensemble, *weighed = NULL;
    double weights[MEMBERS_MOST], *scores = NULL;
    work k;
    memset(&k, 0, sizeof k);
    memset(measured, 0, sizeof *measured);
    k.o = o; k.members = members; k.count = count; k.voices = count + (file != NULL); k.m = measured;
    k.seen = *candles;
    k.desc.created = created; k.desc.file = file; k.desc.file_sum = file_sum;
    ensemble = create(&k, code);                        /* the plain mean: do they go together at all? */
    if (!ensemble) return NULL;
    lead(members, count, measured->order);
    before = members_before(ensemble, candles);
    *code = lstmfc_forecaster_origin(ensemble, &before, &origin, &err) == LSTMFC_OK ? TOOL_OK : tool_fail_error(o, &err);
    if (*code == TOOL_OK && origin.candles == LSTMFC_CANDLES_OTHER)
        *code = tool_fail(o, TOOL_DATA, "a member was trained on other candles than these: nothing measured on them would hold");
    if (*code == TOOL_OK && !origin.shared)
        *code = tool_fail(o, TOOL_DATA, "--csv holds no bar that the members were trained on: weights and intervals are measured on those of "
                          "their bars that no member was fitted on; give the candles they were trained on");
    k.desc.how = how;
    k.desc.weights = weights;
    if (*code == TOOL_OK) *code = begin(&k);
    if (*code == TOOL_OK) *code = ask(&k, ensemble);
    if (*code == TOOL_OK) *code = weigh(&k, weights);
    if (*code == TOOL_OK) weighed = create(&k, code);
    if (*code == TOOL_OK && measured->split < measured->end) {
        scores = (double *)calloc((size_t)(measured->end - measured->split), sizeof *scores);
        *code = scores ? score(&k, weighed, scores) : tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    lstmfc_forecaster_free(ensemble);
    ensemble = *code == TOOL_OK ? create(&k, code) : NULL;
    if (ensemble) warn(&k);
    lstmfc_forecaster_free(weighed);
    free(scores); free(k.said); free(k.label); free(k.made); free(k.outcomes);
    return ensemble;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

/* The share of a voice in the whole. */
static double share(const lstmfc_forecaster_info *info, int i) {
    double sum = 0;
    int k;
    for (k = 0; k < info->member_count + (info->member_file != NULL); k++) sum += info->member_weights[k];
    return info->member_weights[i] / sum;
}

void members_describe(lstmfc_writer *w, const lstmfc_forecaster_info *info, const char *const *names, const int *order) {
    char a[32], b[32];
    int i, k;
    tool_print(w, "ensemble      %s of %d member%s%s\n", info->how == LSTMFC_HOW_WEIGHTED ? "weighted mean" : members_how(info->how),
               info->member_count, info->member_count > 1 ? "s" : "", info->member_file ? " and a file" : "");
    for (k = 0; k < info->member_count; k++) {
        lstmfc_forecaster_info one;
        for (i = names ? 0 : k; names && order[i] != k; i++) {}
        one = lstmfc_forecaster_get_info(info->members[i]);
        tool_print(w, "  %5.1f %%     %s%s%s\n", 100 * share(info, i), names ? names[k] : "", names ? ": " : "", one.model_spec);
        tool_print(w, "              %s parameters; %d features over %d bar%s", tool_count(a, lstmfc_model_parameters(one.model, NULL)),
                   lstmfc_features_count(one.features), one.window, one.window == 1 ? "" : "s");
        tool_print(w, "; seed %lld\n", (long long)one.seed);
    }
    if (info->member_file)
        tool_print(w, "  %5.1f %%     probabilities of %s (only evaluate and backtest read them)\n",
                   100 * share(info, info->member_count), info->member_file);
    tool_print(w, "              baselines are those of %s; ", names ? names[order[0]] : "the first");
    if (info->scores) tool_print(w, "intervals by %s errors where no member was fitted\n", tool_count(b, info->cal_samples));
    else tool_print(w, "no intervals\n");
    if (info->how == LSTMFC_HOW_VOTE) tool_print(w, "              a share of votes is no probability: 1 means that all agree, not that they are sure\n");
    tool_print(w, "trained on    %s to %s; no member has seen anything after ", tool_time(a, info->from, info->interval),
               tool_time(b, info->fit_to, info->interval));
    tool_print(w, "%s\n", tool_time(a, info->seen_to, info->interval));
}

void members_json(lstmfc_writer *w, const lstmfc_forecaster_info *info) {
    int i;
    lstmfc_json_begin(w, "ensemble", '{');
    lstmfc_json_put_string(w, "how", members_how(info->how));
    lstmfc_json_begin(w, "members", '[');
    for (i = 0; i < info->member_count; i++) {
        lstmfc_forecaster_info one = lstmfc_forecaster_get_info(info->members[i]);
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_number(w, "weight", share(info, i));
        lstmfc_json_put_string(w, "model", one.model_spec);
        lstmfc_json_put_string(w, "features", one.feature_spec);
        lstmfc_json_put_integer(w, "window", one.window);
        lstmfc_json_put_integer(w, "parameters", lstmfc_model_parameters(one.model, NULL));
        lstmfc_json_put_integer(w, "seed", one.seed);
        lstmfc_json_end(w, '}');
    }
    if (info->member_file) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_number(w, "weight", share(info, i));
        lstmfc_json_put_string(w, "file", info->member_file);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
}

/* ---- each member beside the ensemble --------------------------------------------------------------------------- */

/* One of them on the measured bars: forecasts [count] in units of lstmfc_forecast.value, all of them there where the ensemble's are. */
static void judge(const evaluation *e, const double *said, double *loss, evaluation_member *m) {
    int32_t target = e->info.target;
    double right = 0;
    size_t i, n = 0;
    m->loss = 0;
    for (i = 0; i < e->count; i++) {
        double value = said[i];
        if (e->outcomes[i].reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(e->all[i].value)) continue;
        right += (value > 0.5) == (e->truth[n] > 0.5);
        loss[n] = verdict_loss(target, is_return(target) ? value : said[i], is_return(target) ? e->returns[n] : e->truth[n]);
        m->loss += loss[n] / (double)e->n;
        n++;
    }
    m->accuracy = target == LSTMFC_TARGET_DIRECTION ? right / (double)n : lstmfc_nan();
    m->skill = 1 - m->loss / e->baselines[0].comparison.loss_baseline;
    if (e->vote) m->ensemble.skill = m->ensemble.p = lstmfc_nan();
    else lstmfc_compare(e->n, e->loss, loss, e->info.horizon, &m->ensemble);
}

int evaluation_members(const options *o, const lstmfc_candles *candles, evaluation *e) {
    lstmfc_error err = {0};
    const lstmfc_forecaster_info *info = &e->info;
    int voices = info->member_count + (info->member_file != NULL), i, code = TOOL_OK;
    double *said, *loss;
    lstmfc_forecast *made;
    size_t t;
    if (!info->members) return TOOL_OK;
    said = (double *)calloc(e->count, sizeof *said);
    loss = (double *)calloc(e->n, sizeof *loss);
    made = (lstmfc_forecast *)calloc(e->count, sizeof *made);
    e->members = (evaluation_member *)calloc((size_t)voices, sizeof *e->members);
    if (!said || !loss || !made || !e->members) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 0; i < voices && code == TOOL_OK; i++) {
        evaluation_member *m = &e->members[i];
        m->weight = share(info, i);
        if (i < info->member_count) {
            m->name = lstmfc_forecaster_get_info(info->members[i]).model_spec;
            if (lstmfc_forecaster_predict_intervals(info->members[i], candles, LSTMFC_INTERVALS_SPLIT, e->first, e->count, made, NULL, &err) != LSTMFC_OK)
                code = tool_fail_error(o, &err);
            for (t = 0; t < e->count; t++) said[t] = voice(info->target, &made[t]);
        } else {
            m->name = info->member_file;
            for (t = 0; t < e->count; t++) said[t] = lstmfc_candles_column(candles, m->name)[e->first + t];
        }
        if (code == TOOL_OK) judge(e, said, loss, m);
    }
    e->member_count = code == TOOL_OK ? voices : 0;
    free(said); free(loss); free(made);
    return code;
}

/* Too good alone: of direction above the bound of the alarm, else with the least loss of all. */
static int suspect(const evaluation *e, int i) {
    double least = e->members[0].loss;
    int k;
    if (e->info.target == LSTMFC_TARGET_DIRECTION) return e->members[i].accuracy > e->alarm.accuracy_bound;
    for (k = 1; k < e->member_count; k++) if (e->members[k].loss < least) least = e->members[k].loss;
    return !(e->members[i].loss > least);
}

void members_suspects(const evaluation *e, char *out, size_t size) {
    size_t used = strlen(out);
    int i, found = 0, models = 0, files = 0;
    for (i = 0; i < e->member_count && used < size; i++) {
        char accuracy[32] = "";
        if (!suspect(e, i)) continue;
        if (e->info.target == LSTMFC_TARGET_DIRECTION)
            snprintf(accuracy, sizeof accuracy, ", right alone %.2f %%", 100 * e->members[i].accuracy);
        used += (size_t)snprintf(out + used, size - used, "%svoice %d (%.60s%s)",
                                 found++ ? ", " : "look at ", i + 1, e->members[i].name, accuracy);
        if (i < e->info.member_count) models++; else files++;
    }
    if (used < size && !found) used += (size_t)snprintf(out + used, size - used, "no voice is above the bound alone: look at each");
    if (used < size && (models || !found))
        used += (size_t)snprintf(out + used, size - used, "; lstmfc check leak --model ITS_FILE --csv F names the features of a model");
    if (used < size && files)
        snprintf(out + used, size - used, "; of a file of probabilities, what its program knew at the close of the bar");
}

/* A voice whose loss is next to none beside the ensemble's: a skill over it is a number without a meaning. */
static int perfect(const evaluation_member *m) { return m->ensemble.skill < -99; }

static const char never_wrong[] =
    "A voice with less than a hundredth of the ensemble's loss is next to never wrong: as a rule it has seen the outcomes";

static const char *skill_over(char out[32], const evaluation_member *m) {
    return perfect(m) ? "below -99" : tool_figure(out, "%+.4f", m->ensemble.skill);
}

void evaluation_members_describe(lstmfc_writer *w, const evaluation *e) {
    char a[32], b[32], p[32];
    int i, doubtful = 0;
    if (!e->member_count) return;
    tool_print(w, "members       %-9s %12s %9s %14s %9s\n", "weight", "loss", "skill", "ensemble's", "DM p");
    for (i = 0; i < e->member_count; i++) {
        const evaluation_member *m = &e->members[i];
        tool_print(w, "              %6.1f %% %14.6g %9s %14s %9s", 100 * m->weight, m->loss, tool_figure(a, "%+.4f", m->skill),
                   skill_over(b, m), tool_p(p, m->ensemble.p));
        doubtful |= perfect(m);
        if (lstmfc_is_finite(m->accuracy)) tool_print(w, "  %.2f %%", 100 * m->accuracy);
        tool_print(w, "  %.60s%s\n", m->name, strlen(m->name) > 60 ? " ..." : "");
    }
    tool_print(w, "              skill: over persistence; ensemble's: how much less its loss is than the member's\n");
    if (doubtful) tool_print(w, "              %s\n", never_wrong);
}

void evaluation_members_html(lstmfc_writer *w, const evaluation *e) {
    char a[32], b[32], c[32];
    int i, direction = e->info.target == LSTMFC_TARGET_DIRECTION, doubtful = 0;
    tool_print(w, "<h2>The ensemble</h2>\n<p>The %s of %d voices, each measured on the same bars as the ensemble. Skill is over persistence; the last "
                  "two columns hold the ensemble against that voice alone.%s</p>\n<div class=\"scroll\"><table><tr><th class=\"text\">Voice</th><th>Weight</th>"
                  "%s<th>Loss</th><th>Skill</th><th>Ensemble's skill over it</th><th>p</th></tr>",
               e->info.how == LSTMFC_HOW_WEIGHTED ? "weighted mean" : members_how(e->info.how), e->member_count,
               e->info.how == LSTMFC_HOW_WEIGHTED ? " Weights were measured on validation, where no member was fitted." : "",
               direction ? "<th>Accuracy</th>" : "");
    for (i = 0; i < e->member_count; i++) {
        const evaluation_member *m = &e->members[i];
        tool_print(w, "<tr><td class=\"text\">");
        html_text(w, m->name);
        tool_print(w, "</td><td>%.1f %%</td>", 100 * m->weight);
        if (direction) tool_print(w, "<td>%.2f %%</td>", 100 * m->accuracy);
        tool_print(w, "<td>%.6g</td><td>%s</td><td>%s</td><td>", m->loss, tool_figure(a, "%+.4f", m->skill),
                   skill_over(b, m));
        doubtful |= perfect(m);
        html_text(w, tool_p(c, m->ensemble.p));
        tool_print(w, "</td></tr>");
    }
    tool_print(w, "</table></div>\n");
    if (doubtful) tool_print(w, "<p class=\"alarm\">A %s.</p>\n", never_wrong + 2);
}

void evaluation_members_json(lstmfc_writer *w, const evaluation *e) {
    int i;
    if (!e->member_count) return;
    lstmfc_json_begin(w, "members", '[');
    for (i = 0; i < e->member_count; i++) {
        const evaluation_member *m = &e->members[i];
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", m->name);
        lstmfc_json_put_number(w, "weight", m->weight);
        lstmfc_json_put_number(w, "loss", m->loss);
        lstmfc_json_put_number(w, "skill", m->skill);
        if (lstmfc_is_finite(m->accuracy)) lstmfc_json_put_number(w, "accuracy", m->accuracy);
        lstmfc_json_put_number(w, "skill_of_ensemble", m->ensemble.skill);
        lstmfc_json_put_number(w, "p_of_ensemble", m->ensemble.p);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

int members_refuse(const options *o, const lstmfc_forecaster *forecaster, const char *path, const char *why) {
    if (!lstmfc_forecaster_get_info(forecaster).members) return -1;
    return tool_fail(o, TOOL_USAGE, "%s is an ensemble: %s", path, why);
}

int members_live(const options *o, const lstmfc_forecaster *forecaster, const char *path) {
    const char *file = lstmfc_forecaster_get_info(forecaster).member_file;
    if (!file) return -1;
    return tool_fail(o, TOOL_USAGE, "%s: its member %s is a file of probabilities, which says nothing of the next bar: only evaluate "
                     "and backtest can ask this ensemble", path, file);
}
