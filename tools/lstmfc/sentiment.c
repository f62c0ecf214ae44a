/* sentiment.c - system d with news sentiment as further features, and the same model without them beside it.

   A column of the file is news: score, its means of 3 and 7 bars, and the column news_volume where the file has one. Without a column
   there is only a proxy made of price and volume moves. It tells the network nothing that the price has not told already, so it is
   never taken unasked, and every telling says so. Whether either helps is a question with an answer: the same network is trained
   without, from the same seed, and the two are compared on the same bars. */
#include "sentiment.h"
#include "chart.h"

#include <stdlib.h>
#include <string.h>

static const lstmfc_column *column_named(const lstmfc_candles *candles, const char *name) {
    size_t i;
    for (i = 0; i < candles->column_count; i++) if (!strcmp(candles->columns[i].name, name)) return &candles->columns[i];
    return NULL;
}

int sentiment_prepare(const options *o, const char *asked, const char *base, const lstmfc_candles *candles, sentiment *s) {
    char names[300] = "";
    size_t i, used = 0;
    memset(s, 0, sizeof *s);
    if (!strcmp(asked, "none")) return TOOL_OK;
    if (!strcmp(asked, "proxy")) {
        s->proxy = 1;
        snprintf(s->text, sizeof s->text, "%s, @d_sentiment_proxy", base);
        s->features = s->text;
        return TOOL_OK;
    }
    if (strncmp(asked, "column:", 7) || !asked[7])
        return tool_fail(o, TOOL_USAGE, "--sentiment %.60s: expected column:NAME (a column of the file), proxy or none", asked);
    snprintf(s->column, sizeof s->column, "%s", asked + 7);
    if (!column_named(candles, s->column)) {
        for (i = 0; i < candles->column_count && used < sizeof names; i++)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", candles->columns[i].name);
        return tool_fail(o, TOOL_DATA, "--sentiment %.80s: the file has no such column beside its prices; it has %s", asked,
                         *names ? names : "none: --sentiment proxy makes one of price and volume (no new information)");
    }
    snprintf(s->text, sizeof s->text, "%s, sentiment = col(%s), sentiment_3 = sma(col(%s),3), sentiment_7 = sma(col(%s),7)%s", base,
             s->column, s->column, s->column,
             column_named(candles, "news_volume") && strcmp(s->column, "news_volume") ? ", news_volume = col(news_volume)" : "");
    s->features = s->text;
    return TOOL_OK;
}

int sentiment_without(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, const char *base,
                      const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, const evaluation *e, sentiment *s) {
    lstmfc_forecaster_desc plain = *desc;
    fit_job job = {"without sentiment", NULL, NULL, NULL, NULL, NULL};
    fit_report report;
    int code = TOOL_OK;
    plain.features = base;
    plain.training.seed = e->info.seed;
    s->without = tool_fit(o, candles, &plain, &job, &report, &code);
    if (!s->without) return code;
    code = evaluation_run(o, s->without, candles, 0, signals, costs, &s->other);
    s->comparison.skill = s->comparison.p = lstmfc_nan();
    if (code == TOOL_OK && s->other.n == e->n) lstmfc_compare(e->n, e->loss, s->other.loss, e->info.horizon, &s->comparison);
    return code;
}

void sentiment_free(sentiment *s) {
    evaluation_free(&s->other);
    lstmfc_forecaster_free(s->without);
    memset(s, 0, sizeof *s);
}

static const char *source(const sentiment *s, char out[200]) {
    if (s->proxy) snprintf(out, 200, "a proxy made of price and volume: synthetic, no new information");
    else snprintf(out, 200, "column %s of the file, as it is, its means of 3 and 7 bars%s", s->column,
                  strstr(s->text, "col(news_volume)") ? ", and news_volume" : "");
    return out;
}

static const char *answer(const sentiment *s) {
    return s->comparison.better > 0 ? "with it better, by more than luck explains" : "no better with it than luck explains";
}

static double loss_of(const evaluation *e) { return e->baselines[0].comparison.loss_model; }

void sentiment_describe(lstmfc_writer *w, const sentiment *s, const evaluation *e) {
    char text[200], skill[32], p[32];
    if (!s->features) return;
    tool_print(w, "sentiment     %s\n", source(s, text));
    if (!s->without) return;
    tool_print(w, "              %s %.6g with it, %.6g without (same network, same seed): skill %s, Diebold-Mariano p %s: %s\n",
               e->loss_name, loss_of(e), loss_of(&s->other), tool_figure(skill, "%+.4f", s->comparison.skill), tool_p(p, s->comparison.p), answer(s));
}

void sentiment_json(lstmfc_writer *w, const char *key, const sentiment *s, const evaluation *e) {
    size_t count;
    const lstmfc_field *fields = lstmfc_comparison_fields(&count);
    if (!s->features) return;
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_bool(w, "synthetic", s->proxy);
    lstmfc_json_put_string(w, "column", s->proxy ? NULL : s->column);
    lstmfc_json_put_string(w, "loss", e->loss_name);
    if (s->without) {
        lstmfc_json_put_number(w, "with", loss_of(e));
        lstmfc_json_put_number(w, "without", loss_of(&s->other));
        lstmfc_json_put_number(w, "rmse_with", e->errors.rmse);
        lstmfc_json_put_number(w, "rmse_without", s->other.errors.rmse);
        evaluation_figures_json(w, "comparison", &s->comparison, fields, count);
    }
    lstmfc_json_end(w, '}');
}

static void row(lstmfc_writer *w, const char *name, const char *format, double with, double without) {
    char a[32], b[32];
    tool_print(w, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>", name, tool_figure(a, format, with), tool_figure(b, format, without));
}

void sentiment_html(lstmfc_writer *w, const sentiment *s, const evaluation *e) {
    char text[200], skill[32], p[32];
    const evaluation *other = &s->other;
    if (!s->features) return;
    tool_print(w, "<h3>Does sentiment help?</h3>\n<p>%sSentiment is ", s->proxy ? "<b>Synthetic, no new information.</b> " : "");
    html_text(w, source(s, text));
    tool_print(w, ".</p>\n");
    if (!s->without) return;
    tool_print(w, "<div class=\"scroll\"><table><tr><th>Same network, same seed, same bars</th><th>With it</th><th>Without</th></tr>");
    row(w, e->loss_name, "%.6g", loss_of(e), loss_of(other));
    row(w, "RMSE", "%.6g", e->errors.rmse, other->errors.rmse);
    row(w, "MAE", "%.6g", e->errors.mae, other->errors.mae);
    row(w, "R²", "%.5f", e->errors.r2, other->errors.r2);
    row(w, "Skill over persistence", "%+.4f", e->baselines[0].comparison.skill, other->baselines[0].comparison.skill);
    tool_print(w, "</table></div>\n<p class=\"sub\">Skill of the model with it over the one without: %s, Diebold-Mariano p ",
               tool_figure(skill, "%+.4f", s->comparison.skill));
    html_text(w, tool_p(p, s->comparison.p));
    tool_print(w, ": %s. One seed each: another gives another difference.</p>\n", answer(s));
}
