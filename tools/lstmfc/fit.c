/* fit.c - the training loop of the command line. The library trains in steps of a few batches; between two steps this loop
   looks for Ctrl-C and shows progress. */
#include "horizons.h"
#include "members.h"

#include <stdio.h>
#include <string.h>

void tool_fit_options(options *o, lstmfc_forecaster_desc *desc) {
    size_t count;
    const lstmfc_field *fields = lstmfc_forecaster_desc_fields(&count);
    memset(desc, 0, sizeof *desc);
    options_add(o, "Forecaster", desc, fields, count, NULL);
    fields = lstmfc_training_desc_fields(&count);
    options_add(o, "Training", &desc->training, fields, count, "!threads");      /* those of the machine */
    fields = lstmfc_optimizer_desc_fields(&count);
    options_add(o, "Optimiser", &desc->training.optimizer, fields, count, NULL);
}

const char *tool_target_name(int32_t target) {
    static const char *const names[] = {LSTMFC_CHOICES_TARGET(LSTMFC__NAME)};
    return target >= 0 && target <= LSTMFC_TARGET_EXPRESSION ? names[target] : "unknown";
}

const char *tool_intervals_name(const lstmfc_forecaster_info *info, int32_t kind) {
    static const char *const names[2][2] = {{"adaptive", "adaptive CQR"}, {"split", "split CQR"}};
    if (kind != LSTMFC_INTERVALS_LEARNED) return names[kind][info->quantile_count > 0];
    return info->quantile_count ? "quantiles as learned" : "mean and deviation as learned";
}

int tool_target_trades(int32_t target) {
    return target != LSTMFC_TARGET_VOLATILITY && target != LSTMFC_TARGET_ROLLING_VOLATILITY
        && target != LSTMFC_TARGET_EXPRESSION;
}

const char *tool_target_note(char out[320], const lstmfc_forecaster_info *info) {
    int known = info->volatility_bars - info->horizon;
    *out = 0;
    if (info->target == LSTMFC_TARGET_PRICE_LEVEL)
        snprintf(out, 320, "price_level only reproduces systems that learn prices as they are (B, C, E): a network taught "
                           "prices forecasts none above those it was taught; target price asks the same in log returns");
    if (info->target == LSTMFC_TARGET_ROLLING_VOLATILITY && known > 0 && info->answers > 1)
        snprintf(out, 320, "%d of the %d returns in this volatility are already known when it is forecast %d bar%s ahead, one fewer for each "
                           "bar further, none from %d on: only persistence beside it says what a figure is worth", known,
                 info->volatility_bars, info->horizon, info->horizon == 1 ? "" : "s", info->volatility_bars);
    else if (info->target == LSTMFC_TARGET_ROLLING_VOLATILITY && known > 0)
        snprintf(out, 320, "%d of the %d returns in this volatility are already known when it is forecast: only "
                           "persistence beside it says what a figure is worth", known, info->volatility_bars);
    if (info->target == LSTMFC_TARGET_EXPRESSION)
        snprintf(out, 320, "what is forecast is the value of %.200s, in its own unit", info->quantity);
    return out;
}

void tool_title(char *out, size_t size, const char *before, int32_t target, int32_t horizon, const char *interval) {
    const char *name = target >= 0 && target <= LSTMFC_TARGET_EXPRESSION ? tool_target_name(target) : "forecast";
    char ahead[48], *word;
    if (horizon == 1) snprintf(ahead, sizeof ahead, "of the next %s bar", interval);
    else snprintf(ahead, sizeof ahead, "%d bars of %s ahead", horizon, interval);
    snprintf(out, size, "%s%s%c%s %s", before ? before : "", before ? ": " : "", *name - 'a' + 'A', name + 1, ahead);
    for (word = out; (word = strchr(word, '_')) != NULL; ) *word = ' ';
}

void tool_trading_options(options *o, lstmfc_signal_desc *signals, lstmfc_backtest_desc *costs, const char *only) {
    size_t count;
    const lstmfc_field *fields = lstmfc_signal_desc_fields(&count);
    memset(signals, 0, sizeof *signals);
    memset(costs, 0, sizeof *costs);
    options_add(o, "From forecast to position", signals, fields, count, "!long_only");
    fields = lstmfc_backtest_desc_fields(&count);
    options_add(o, "Backtest", costs, fields, count, only);
}

/* ---- progress -------------------------------------------------------------------------------------------------- */

typedef struct watch {
    progress bar;
    int32_t epochs, epoch;          /* planned; being trained */
    int32_t batch;                  /* windows per batch */
    int32_t threads;
    double since;                   /* when the epoch began, */
    int64_t first;                  /* and after how many windows */
    double best;
    int seen, shown, started, total;    /* total: the penalty counts (--monitor total) */
} watch;

static void put_figure(char *out, size_t size, const char *name, double value) {
    size_t used = strlen(out);
    if (lstmfc_is_finite(value) && used < size) snprintf(out + used, size - used, "  %s %.5g", name, value);
}

static void json_figure(char *out, size_t size, const char *name, double value) {
    size_t used = strlen(out);
    char digits[32];
    if (!lstmfc_is_finite(value) || used >= size) return;
    lstmfc_format_double(digits, value);
    snprintf(out + used, size - used, ",\"%s\":%s", name, digits);
}

static double monitored_loss(const lstmfc_epoch *e) { return lstmfc_is_finite(e->val_loss) ? e->val_loss : e->loss; }

int32_t tool_lowest_epoch(const lstmfc_forecaster_info *info) {
    int32_t i, lowest = 0;
    for (i = 1; i < info->epochs; i++)
        if (monitored_loss(&info->history[i]) < monitored_loss(&info->history[lowest])) lowest = i;
    return info->epochs > 0 ? lowest + 1 : 0;
}

/* 1 when this epoch is the best so far. */
static int note_best(watch *w, const lstmfc_epoch *e) {
    double monitored = monitored_loss(e) + (w->total ? e->penalty : 0);
    int better = !w->seen || monitored < w->best;
    if (better) w->best = monitored;
    w->seen = 1;
    return better;
}

/* rate: windows per second of this epoch, its validation included */
static void show_epoch(watch *w, const lstmfc_epoch *e, double rate) {
    char text[300], json[800];
    int better = note_best(w, e);
    snprintf(text, sizeof text, "epoch %d/%d", e->epoch, w->epochs);
    put_figure(text, sizeof text, "loss", e->loss);
    put_figure(text, sizeof text, "val", e->val_loss);
    put_figure(text, sizeof text, "accuracy", e->accuracy);
    put_figure(text, sizeof text, "val", e->val_accuracy);
    put_figure(text, sizeof text, "val AUC", e->val_auc);
    put_figure(text, sizeof text, "lr", e->lr);
    if (better && strlen(text) + 8 < sizeof text) strcat(text, "  (best)");
    snprintf(json, sizeof json, "\"event\":\"epoch\",\"epoch\":%d,\"epochs\":%d,\"threads\":%d,\"simd\":\"%s\"", e->epoch, w->epochs,
             w->threads, tool_simd());
    json_figure(json, sizeof json, "loss", e->loss);
    json_figure(json, sizeof json, "val_loss", e->val_loss);
    json_figure(json, sizeof json, "penalty", e->penalty);
    json_figure(json, sizeof json, "accuracy", e->accuracy);
    json_figure(json, sizeof json, "val_accuracy", e->val_accuracy);
    json_figure(json, sizeof json, "auc", e->auc);
    json_figure(json, sizeof json, "val_auc", e->val_auc);
    json_figure(json, sizeof json, "lr", e->lr);
    json_figure(json, sizeof json, "norm", e->norm);
    json_figure(json, sizeof json, "rate", rate);
    progress_event(&w->bar, text, json, !w->shown);
    w->shown = 1;
}

/* Batches count over all epochs; the last one of an epoch may be smaller, so sequences are a hair fewer than shown. */
static int32_t on_progress(void *context, const lstmfc_epoch *epoch, int64_t batches_done, int64_t batches_total) {
    watch *w = (watch *)context;
    int64_t done = batches_done * w->batch;
    char note[80];
    if (!w->started) {                                  /* a resumed run has done much before its first batch */
        progress_begin(&w->bar, w->bar.mode, w->bar.task, w->bar.unit, (batches_done - 1) * w->batch, batches_total * w->batch, 1);
        w->first = done - w->batch;
        w->started = 1;
    }
    if (epoch) {
        double now = tool_seconds();
        show_epoch(w, epoch, now > w->since ? (double)(done - w->first) / (now - w->since) : lstmfc_nan());
        w->since = now;
        w->first = done;
        w->epoch = epoch->epoch + 1;
    }
    snprintf(note, sizeof note, w->threads > 1 ? "epoch %d/%d, %s, %d threads" : "epoch %d/%d, %s",
             w->epoch < w->epochs ? w->epoch : w->epochs, w->epochs, tool_simd(), w->threads);
    progress_update(&w->bar, done, note);
    return 0;
}

/* ---- the loop -------------------------------------------------------------------------------------------------- */

static int save_checkpoint(const options *o, const lstmfc_fit *fit, const char *path) {
    lstmfc_error err = {0};
    int code = files_known(o, path);
    if (code != TOOL_OK || lstmfc_fit_save(fit, path, &err) == LSTMFC_OK) return code;
    return tool_fail(o, TOOL_FAILURE, "%s", err.message);
}

static int interrupt(const options *o, const lstmfc_fit *fit, const fit_job *job) {
    int code = job->checkpoint ? save_checkpoint(o, fit, job->checkpoint) : TOOL_INTERRUPTED;
    if (code != TOOL_OK) return code;
    return tool_fail(o, TOOL_INTERRUPTED, "interrupted; checkpoint saved. The same command with --resume %s goes on from here, "
                                          "to the same bytes", job->advice ? job->advice : job->checkpoint);
}

/* A training whose every input or every label is one and the same number would save a model that looks like any other. */
static int nothing_to_learn(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc) {
    int of_price = desc->target == LSTMFC_TARGET_PRICE || desc->target == LSTMFC_TARGET_RETURN || desc->target == LSTMFC_TARGET_PRICE_LEVEL;
    size_t t = 1;
    if (!desc->from && desc->scaler == LSTMFC_SCALER_WINDOW && desc->window == 1)
        return tool_fail(o, TOOL_USAGE, "--scaler window divides a window by its last row, and with --window 1 every feature is 1 (or 0): give "
                         "a longer window or another scaler");
    while (candles->close && t < candles->count && !(candles->close[t] < candles->close[0]) && !(candles->close[t] > candles->close[0])) t++;
    if (!of_price || !candles->close || t < candles->count || t < 2) return TOOL_OK;
    return tool_fail(o, TOOL_DATA, "every close of the %lld bars is %.8g: there is nothing to learn of a %s", (long long)candles->count,
                     candles->close[0], tool_target_name(desc->target));
}

lstmfc_forecaster *tool_fit(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc,
                            const fit_job *job, fit_report *report, int *code) {
    lstmfc_error err = {0};
    lstmfc_forecaster_desc watched = *desc;
    lstmfc_fit *fit;
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_result result = LSTMFC_OK;
    watch w;
    int64_t quantum = 1;
    int32_t epochs_before = 0;
    double started;

    memset(&w, 0, sizeof w);
    memset(report, 0, sizeof *report);
    if ((*code = nothing_to_learn(o, candles, desc)) != TOOL_OK) return NULL;
    watched.training.progress = on_progress;
    watched.training.progress_context = &w;
    fit = lstmfc_fit_create(candles, &watched, &err);
    if (!fit) { *code = tool_fail_error(o, &err); return NULL; }
    if (job->resume) {
        if (lstmfc_fit_load(fit, job->resume, &err) != LSTMFC_OK) *code = tool_fail_model(o, job->resume, &err);
        report->resumed = 1;
    }
    if (job->moments && *job->moments) {
        size_t length = 0;
        char *text = lstmfc_file_read(job->moments, &length, tool_env(), &err);
        if (!text || lstmfc_fit_load_moments(fit, text, length, &err) != LSTMFC_OK) *code = tool_fail_model(o, job->moments, &err);
        lstmfc_file_release(text, length, tool_env());
    }
    if (*code == TOOL_OK) {
        const lstmfc_epoch *before_us = lstmfc_trainer_history(lstmfc_fit_trainer(fit), &epochs_before, NULL);
        int32_t i;
        w.total = watched.training.monitor == LSTMFC_MONITOR_TOTAL;
        for (i = 0; i < epochs_before; i++) note_best(&w, &before_us[i]);
        w.epochs = watched.training.epochs ? watched.training.epochs : 50;
        w.batch = watched.training.batch ? watched.training.batch : 32;
        w.threads = report->threads = tool_threads();
        w.epoch = epochs_before + 1;
        progress_begin(&w.bar, o->progress, job->label, "sequences", 0, 0, 1);
        tool_catch_interrupt();
        started = w.since = tool_seconds();
        while (result == LSTMFC_OK && !tool_interrupted()) {
            double before = tool_seconds(), spent;
            result = lstmfc_fit_step(fit, quantum, &err);
            spent = tool_seconds() - before;
            if (spent < 0.05 && quantum < 4096) quantum *= 2;       /* steps of about a tenth of a second: prompt, not busy */
            else if (spent > 0.2 && quantum > 1) quantum /= 2;
        }
        report->seconds = tool_seconds() - started;
        progress_end(&w.bar);
        tool_release_interrupt();
        if (result == LSTMFC_OK && tool_interrupted()) {
            *code = interrupt(o, fit, job);
        } else if (result != LSTMFC_DONE) {
            *code = tool_fail_error(o, &err);
        } else {
            lstmfc_trainer_history(lstmfc_fit_trainer(fit), &report->epochs, &report->best_epoch);
            if (job->keep && *job->keep) *code = save_checkpoint(o, fit, job->keep);
            if (*code == TOOL_OK && !(forecaster = lstmfc_fit_finish(fit, &err))) *code = tool_fail_error(o, &err);
        }
    }
    if (forecaster) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
        report->sequences = (int64_t)(report->epochs - epochs_before) * info.fit_samples;
    }
    lstmfc_fit_free(fit);
    return forecaster;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

/* "" or, of weights worse by far than no network at all, what they are held against. Labels are scaled, so a constant has a loss of
   about 1 (of probabilities 0.7); ten times that is no bad luck. */
static const char *fit_warning(char out[240], const lstmfc_forecaster_info *info) {
    const lstmfc_epoch *kept = info->best_epoch > 0 && info->best_epoch <= info->epochs ? &info->history[info->best_epoch - 1] : NULL;
    double loss = kept ? monitored_loss(kept) : 0, first = kept ? monitored_loss(&info->history[0]) : 0;
    *out = 0;
    if (loss > 10 || (first > 0 && loss > 10 * first))
        snprintf(out, 240, "the %sloss of the kept weights is %.4g, far above %s: it did not learn. A smaller --lr may help",
                 lstmfc_is_finite(kept->val_loss) ? "validation " : "", loss,
                 loss > 10 ? "the 1 or so of a constant forecast" : "that of the first epoch");
    return out;
}

/* What the options in a model file say; "" where they do not. */
static const char *option_of(const lstmfc_forecaster_info *info, const char *name, char out[320]) {
    lstmfc_json *json = info->options ? lstmfc_json_parse(info->options, strlen(info->options), NULL, NULL) : NULL;
    if (!lstmfc_json_string(json, lstmfc_json_get(json, 0, name), out, 320, NULL)) *out = 0;
    lstmfc_json_free(json);
    return out;
}

void tool_fit_origin(lstmfc_writer *w, const lstmfc_forecaster_info *info) {
    static const char *const scalers[] = {LSTMFC_CHOICES_SCALER(LSTMFC__NAME)};
    char text[320], a[32];
    if (info->members) return;
    tool_print(w, "scaler        %s\n", scalers[info->scaler]);
    tool_print(w, "winsor        %s\n", info->limits ? option_of(info, "winsor", text) : "none");
    if (info->scores)
        tool_print(w, "intervals     %s, %.3g %%, by %s calibration samples\n", tool_intervals_name(info, info->intervals), 100 * info->level,
                   tool_count(a, info->cal_samples));
    else if (info->intervals == LSTMFC_INTERVALS_LEARNED)
        tool_print(w, "intervals     %s, %.3g %%\n", tool_intervals_name(info, info->intervals), 100 * info->level);
    if (*option_of(info, "freeze", text)) tool_print(w, "fine-tuned    from another model, frozen: %s\n", text);
    if (info->updates) tool_print(w, "updated       by %s steps of `update` after its training\n", tool_count(a, info->updates));
}

int tool_fit_elsewhere(const lstmfc_forecaster_info *info) { return !info->epochs && !info->fit_samples && !info->members; }

void tool_fit_describe(lstmfc_writer *w, const lstmfc_forecaster *forecaster, const fit_report *report) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    int64_t trainable = 0, parameters = lstmfc_model_parameters(info.model, &trainable);
    const lstmfc_epoch *kept = info.best_epoch > 0 && info.best_epoch <= info.epochs
        ? &info.history[info.best_epoch - 1] : NULL;
    int32_t lowest = tool_lowest_epoch(&info), features = lstmfc_features_count(info.features), elsewhere = tool_fit_elsewhere(&info), k;
    char a[32], b[32], c[32], note[320], warning[240];
    tool_print(w, "target        %s, %s bar%s of %s ahead\n", tool_target_name(info.target), tool_horizons(note, forecaster),
               info.horizon == 1 && info.answers == 1 ? "" : "s",
               info.interval > 0 ? tool_span(a, info.interval) : "unknown length");
    if (*tool_target_note(note, &info)) tool_print(w, "              %s\n", note);
    for (k = 1; k < info.answers; k++) {
        lstmfc_forecaster_info other = lstmfc_forecaster_get_info(lstmfc_forecaster_answer(forecaster, k));
        if (other.horizon == info.horizon) tool_print(w, "              and of %s\n", other.quantity);
    }
    if (info.members) { members_describe(w, &info, NULL, NULL); return; }
    tool_print(w, "network       %s\n", info.model_spec);
    tool_print(w, "              %s parameters, ", tool_count(a, parameters));
    tool_print(w, "%s trainable; %d feature%s over %d bar%s\n", tool_count(a, trainable), features, features == 1 ? "" : "s",
               info.window, info.window == 1 ? "" : "s");
    if (!elsewhere) {
        tool_print(w, "samples       %s to fit, ", tool_count(a, info.fit_samples));
        tool_print(w, "%s for validation, %s for calibration\n", tool_count(b, info.val_samples), tool_count(c, info.cal_samples));
    }
    if (info.equal_closes)
        tool_print(w, "              %s with %s left out\n", tool_count(a, info.equal_closes),
                   info.target == LSTMFC_TARGET_VOLATILITY ? "no movement" : "equal closes");
    if (info.gap_samples)
        tool_print(w, "              %s span a missing bar%s\n", tool_count(a, info.gap_samples), info.gaps == LSTMFC_GAPS_DROP ? ", left out" : "");
    if (info.bad_samples)
        tool_print(w, "              %s with a feature that is not a number, left out\n", tool_count(a, info.bad_samples));
    if (elsewhere) tool_print(w, "trained       elsewhere, on what its file does not say; taken to have seen nothing after ");
    else tool_print(w, "trained on    %s to %s; the model has seen nothing after ", tool_time(a, info.from, info.interval),
                    tool_time(b, info.fit_to, info.interval));
    tool_print(w, "%s\n", tool_time(a, info.seen_to, info.interval));
    if (info.limits)
        tool_print(w, "winsorised    %s values of the fit part, held to median +- %s x 1.4826 MAD\n", tool_count(a, info.winsorised),
                   option_of(&info, "winsor", note));
    if (lstmfc_is_finite(info.base_rate) && !elsewhere) tool_print(w, "base rate     %.2f %% of the fit part went up\n", 100 * info.base_rate);
    if (info.target == LSTMFC_TARGET_VOLATILITY)
        tool_print(w, "factor        %.4f: what exp(ln RV) is multiplied by, so that its mean square is right on validation\n",
                   info.volatility_factor);
    if (kept) {
        tool_print(w, "epochs        %d, %s %d", info.epochs, lowest == info.best_epoch ? "best" : "kept",
                   info.best_epoch);
        if (lowest != info.best_epoch)
            tool_print(w, " (lowest %sloss: %.5g in epoch %d)", lstmfc_is_finite(kept->val_loss) ? "validation " : "",
                       monitored_loss(&info.history[lowest - 1]), lowest);
        tool_print(w, ": loss %.5g", kept->loss);
        if (lstmfc_is_finite(kept->val_loss)) tool_print(w, ", validation %.5g", kept->val_loss);
        if (lstmfc_is_finite(kept->val_accuracy))
            tool_print(w, ", validation accuracy %.2f %%", 100 * kept->val_accuracy);
        if (lstmfc_is_finite(kept->val_auc)) tool_print(w, ", AUC %.4f", kept->val_auc);
        tool_print(w, "\n");
    }
    if (*fit_warning(warning, &info)) tool_print(w, "warning       %s\n", warning);
    if (info.profile) tool_print(w, "indicators    as %s defines them\n", info.profile == LSTMFC_PROFILE_TA ? "the Python package ta" : "TradingView");
    if (report && report->seconds > 0)
        tool_print(w, "rate          %s sequences/s (%s in ",
                   tool_count(a, (int64_t)((double)report->sequences / report->seconds + 0.5)), tool_count(b, report->sequences));
    if (report && report->seconds > 0) tool_print(w, "%.1f s, %s", report->seconds, tool_simd());
    if (report && report->seconds > 0) tool_print(w, report->threads > 1 ? ", %d threads)\n" : ")\n", report->threads);
}

void tool_fit_json(lstmfc_writer *w, const char *key, const lstmfc_forecaster *forecaster, const fit_report *report) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    int64_t trainable = 0, parameters = lstmfc_model_parameters(info.model, &trainable);
    const lstmfc_epoch *best = info.best_epoch > 0 && info.best_epoch <= info.epochs ? &info.history[info.best_epoch - 1] : NULL;
    char text[32], note[320], warning[240];
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_string(w, "target", tool_target_name(info.target));
    if (info.quantity) lstmfc_json_put_string(w, "quantity", info.quantity);
    if (info.quantity) lstmfc_json_put_string(w, "target_note", tool_target_note(note, &info));
    lstmfc_json_put_integer(w, "horizon", info.horizon);
    if (info.answers > 1) lstmfc_json_put_string(w, "horizons", tool_horizons(note, forecaster));
    lstmfc_json_put_integer(w, "window", info.window);
    lstmfc_json_put_integer(w, "interval_seconds", info.interval / 1000);
    lstmfc_json_put_string(w, "symbol", info.symbol);
    if (info.members) members_json(w, &info);
    lstmfc_json_put_string(w, "features", info.feature_spec);
    lstmfc_json_put_string(w, "profile", tool_profile_name(info.profile));
    lstmfc_json_put_integer(w, "inputs", lstmfc_features_count(info.features));
    lstmfc_json_put_integer(w, "lookback", info.lookback);
    lstmfc_json_put_integer(w, "stable_lookback", info.stable);
    lstmfc_json_put_integer(w, "first_forecast", info.first_forecast);
    lstmfc_json_put_string(w, "model", info.model_spec);
    lstmfc_json_put_integer(w, "parameters", parameters);
    lstmfc_json_put_integer(w, "trainable_parameters", trainable);
    lstmfc_json_put_bool(w, "synthetic", info.synthetic);
    lstmfc_json_put_integer(w, "seed", info.seed);
    lstmfc_json_put_string(w, "build", tool_build());
    lstmfc_json_put_integer(w, "rows", info.rows);
    lstmfc_json_put_integer(w, "fit_samples", info.fit_samples);
    lstmfc_json_put_integer(w, "validation_samples", info.val_samples);
    lstmfc_json_put_integer(w, "calibration_samples", info.cal_samples);
    lstmfc_json_put_integer(w, "equal_closes", info.target == LSTMFC_TARGET_VOLATILITY ? 0 : info.equal_closes);
    lstmfc_json_put_integer(w, "no_movement", info.target == LSTMFC_TARGET_VOLATILITY ? info.equal_closes : 0);
    lstmfc_json_put_integer(w, "gap_samples", info.gap_samples);
    lstmfc_json_put_integer(w, "bad_samples", info.bad_samples);
    if (info.limits) lstmfc_json_put_integer(w, "winsorised", info.winsorised);
    lstmfc_format_time(text, info.from);    lstmfc_json_put_string(w, "from", text);
    lstmfc_format_time(text, info.fit_to);  lstmfc_json_put_string(w, "fit_to", text);
    lstmfc_format_time(text, info.seen_to); lstmfc_json_put_string(w, "seen_to", text);
    if (info.created) { lstmfc_format_time(text, info.created); lstmfc_json_put_string(w, "created", text); }
    lstmfc_json_put_number(w, "base_rate", info.base_rate);
    if (info.target == LSTMFC_TARGET_VOLATILITY) lstmfc_json_put_number(w, "volatility_factor", info.volatility_factor);
    lstmfc_json_put_integer(w, "epochs", info.epochs);
    lstmfc_json_put_integer(w, "best_epoch", info.best_epoch);      /* whose weights are kept */
    lstmfc_json_put_integer(w, "lowest_epoch", tool_lowest_epoch(&info));
    if (best) {
        lstmfc_json_put_number(w, "loss", best->loss);
        lstmfc_json_put_number(w, "val_loss", best->val_loss);
        lstmfc_json_put_number(w, "val_accuracy", best->val_accuracy);
        lstmfc_json_put_number(w, "val_auc", best->val_auc);
        if (*fit_warning(warning, &info)) lstmfc_json_put_string(w, "warning", warning);
    }
    if (report) {
        lstmfc_json_put_integer(w, "threads", report->threads);
        lstmfc_json_put_number(w, "seconds", report->seconds);
        lstmfc_json_put_number(w, "sequences_per_second", report->seconds > 0 ? (double)report->sequences / report->seconds
                               : lstmfc_nan());
    }
    lstmfc_json_end(w, '}');
}
