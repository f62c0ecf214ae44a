/* ledger.c - a test span is a test span once. Whoever looks, changes something and looks again has trained on it, by hand. The ledger keeps
   each look, a JSON object a line, and says how many there have been: the figure of the tenth look is the best of ten.

     span     hash of times and closes of the bars that are measured, so that a renamed file is the same span
     model    hash of the model file; the same model twice is one model
     skill    over persistence; ratio: Sharpe ratio per bar of its trades, for the deflated one (Bailey and Lopez de Prado 2014) */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a */
static uint64_t feed(uint64_t hash, const void *data, size_t length) {
    const unsigned char *byte = (const unsigned char *)data;
    size_t i;
    for (i = 0; i < length; i++) hash = (hash ^ byte[i]) * 1099511628211u;
    return hash;
}

static uint64_t span_of(const lstmfc_candles *candles, const evaluation *e) {
    uint64_t hash = 14695981039346656037u;
    size_t t;
    char text[64];
    for (t = e->first; t < e->first + e->count; t++) {      /* as text: the same on every machine */
        size_t length = lstmfc_format_int(text, candles->time[t]);
        length += lstmfc_format_double(text + length, candles->close[t]);
        hash = feed(hash, text, length);
    }
    return hash;
}

/* One line that is there: of this span it is counted. */
typedef struct look { char span[20], model[20]; double skill, ratio; } look;

static int read_line(const options *o, const char *path, int line, const char *text, size_t length, look *out) {
    lstmfc_error err = {0};
    lstmfc_json *json = lstmfc_json_parse(text, length, NULL, &err);
    int good = json && lstmfc_json_string(json, lstmfc_json_get(json, 0, "span"), out->span, sizeof out->span, NULL)
        && lstmfc_json_string(json, lstmfc_json_get(json, 0, "model"), out->model, sizeof out->model, NULL);
    out->skill = out->ratio = lstmfc_nan();
    if (good) {
        lstmfc_json_number(json, lstmfc_json_get(json, 0, "skill"), &out->skill);
        lstmfc_json_number(json, lstmfc_json_get(json, 0, "ratio"), &out->ratio);
    }
    lstmfc_json_free(json);
    if (good) return TOOL_OK;
    return tool_fail(o, TOOL_DATA, "%s: line %d is no look of a ledger%s%s: another file? It stays as it is", path, line, err.message[0] ? ": " : "", err.message);
}

/* All lines of the file that are about the span, and this look behind them: the summary. */
static int summarise(const options *o, const char *path, const char *text, size_t length, const look *now, const lstmfc_backtest *b, ledger *out) {
    look *looks = NULL, one;
    size_t at, count = 0, room = 0, i, k;
    lstmfc_moments ratios = {0, 0, 0};
    int line = 1, code = TOOL_OK;
    memset(out, 0, sizeof *out);
    for (at = 0; at <= length && code == TOOL_OK; line++) {
        size_t end = at;
        int last = at == length;
        while (end < length && text[end] != '\n') end++;
        if (last) one = *now;
        else if (end == at) { at = end + 1; continue; }
        else code = read_line(o, path, line, text + at, end - at, &one);
        at = last ? length + 1 : end + 1 > length ? length : end + 1;
        if (code != TOOL_OK) break;
        if (strcmp(one.span, now->span)) { out->others++; continue; }
        if (count == room) {
            look *grown = (look *)realloc(looks, (room = room ? 2 * room : 16) * sizeof *looks);
            if (!grown) { code = tool_fail(o, TOOL_FAILURE, "out of memory"); break; }
            looks = grown;
        }
        looks[count++] = one;
    }
    out->best_skill = out->luck = out->deflated = lstmfc_nan();
    for (i = 0; i < count && code == TOOL_OK; i++) {
        for (k = 0; k < i && strcmp(looks[k].model, looks[i].model); k++) {}
        out->looks++;
        out->models += k == i;
        if (k == i && lstmfc_is_finite(looks[i].ratio)) lstmfc_moments_add(&ratios, looks[i].ratio);
        if (!(looks[i].skill <= out->best_skill)) out->best_skill = looks[i].skill;
    }
    if (code == TOOL_OK && b && ratios.count > 1) {         /* the returns of this look against the best of as many without skill */
        double luck = lstmfc_sharpe_expected_best((double)ratios.count, lstmfc_moments_variance(&ratios, 1));
        double *returns = (double *)malloc((b->bars + 1) * sizeof *returns);
        if (!returns) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else {
            for (i = 1; i < b->bars; i++) {
                double before = i > 1 ? b->equity[i - 1] : b->desc.balance;
                returns[i - 1] = before > 0 ? b->equity[i] / before - 1 : 0;
            }
            out->luck = luck * lstmfc_sqrt(b->metrics.annual);
            out->deflated = lstmfc_sharpe_probability(b->bars - 1, returns, luck);
        }
        free(returns);
    }
    free(looks);
    return code;
}

int ledger_look(const options *o, const char *path, const char *model, const lstmfc_candles *candles, const evaluation *e, ledger *out) {
    lstmfc_error err = {0};
    lstmfc_writer w;
    size_t length = 0, model_length = 0;
    char *text = NULL, *file = lstmfc_file_read(model, &model_length, tool_env(), &err), from[32], to[32];
    FILE *there = fopen(path, "rb");
    look now;
    int code = TOOL_OK;
    memset(&now, 0, sizeof now);
    if (there) fclose(there);
    if (!strcmp(path, "-")) code = tool_fail(o, TOOL_USAGE, "--ledger is a file that is kept, not stdout");
    else if (!file) code = tool_fail_model(o, model, &err);
    else if (there && !(text = lstmfc_file_read(path, &length, tool_env(), &err))) code = tool_fail_error(o, &err);
    if (code == TOOL_OK) {
        snprintf(now.span, sizeof now.span, "%016llx", (unsigned long long)span_of(candles, e));
        snprintf(now.model, sizeof now.model, "%016llx", (unsigned long long)feed(14695981039346656037u, file, model_length));
        now.skill = e->baselines[0].comparison.skill;
        now.ratio = !e->backtest ? lstmfc_nan() : lstmfc_is_nan(e->backtest->metrics.sharpe) ? 0
                  : e->backtest->metrics.sharpe / lstmfc_sqrt(e->backtest->metrics.annual);
        code = summarise(o, path, text ? text : "", length, &now, e->backtest, out);
    }
    if (code == TOOL_OK) {
        lstmfc_writer_init(&w, NULL);
        if (length) lstmfc_write_text(&w, text, length);
        if (length && text[length - 1] != '\n') tool_print(&w, "\n");
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "span", now.span);
        lstmfc_json_put_string(&w, "model", now.model);
        lstmfc_format_time(from, e->from); lstmfc_json_put_string(&w, "from", from);
        lstmfc_format_time(to, e->to);     lstmfc_json_put_string(&w, "to", to);
        lstmfc_json_put_string(&w, "file", model);
        lstmfc_json_put_string(&w, "target", tool_target_name(e->info.target));
        lstmfc_json_put_number(&w, "skill", now.skill);
        lstmfc_json_put_number(&w, "ratio", now.ratio);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, path, &w);
        lstmfc_writer_free(&w);
    }
    lstmfc_file_release(text, length, tool_env());
    lstmfc_file_release(file, model_length, tool_env());
    return code;
}

void ledger_describe(lstmfc_writer *w, const ledger *l) {
    char a[32], b[32], c[32];
    tool_print(w, "ledger        look number %s at these bars, by %s model%s", tool_count(a, l->looks), tool_count(b, l->models), l->models == 1 ? "" : "s");
    if (l->looks > 1) tool_print(w, ": the best skill over persistence of %s looks is %s", tool_count(a, l->looks), tool_figure(c, "%+.4f", l->best_skill));
    tool_print(w, "\n");
    if (!lstmfc_is_nan(l->luck))
        tool_print(w, "              the best of %s models with nothing to find would have a Sharpe ratio of %s; P(this one is above that) %s\n",
                   tool_count(a, l->models), tool_figure(b, "%.2f", l->luck), tool_figure(c, "%.3f", l->deflated));
}

void ledger_json(lstmfc_writer *w, const ledger *l) {
    lstmfc_json_begin(w, "ledger", '{');
    lstmfc_json_put_integer(w, "looks", l->looks);
    lstmfc_json_put_integer(w, "models", l->models);
    lstmfc_json_put_integer(w, "looks_at_other_bars", l->others);
    lstmfc_json_put_number(w, "best_skill", l->best_skill);
    lstmfc_json_put_number(w, "sharpe_by_luck", l->luck);
    lstmfc_json_put_number(w, "deflated_sharpe_probability", l->deflated);
    lstmfc_json_end(w, '}');
}
