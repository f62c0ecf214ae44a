/* ledger.c - a test span is a test span once. Whoever looks, changes something and looks again has trained on it, by hand. The ledger keeps
   each look, a JSON object a line, and says how many there have been: the figure of the tenth look is the best of ten.

     span     hash of times and closes of the bars that are measured, so that a renamed file is the same span
     model    hash of the model's bytes but its date; the same training twice is one model
     options  what was asked of its forecasts and trades, where it differs from the defaults
     skill    over persistence; ratio: Sharpe ratio per bar of its trades, for the deflated one (Bailey and Lopez de Prado 2014)
     trials   of a search that chose it (tune, choices in braces): they count as tries of the deflated ratio too
     time     when it was first taken

   Two looks with the same span, model and options are one: it shows nothing new, and is not written again. A line is one write at the end
   of the file, under a lock that every look takes, so several programs at once neither lose nor tear a line. */
#include "ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifndef _WIN32
#  include <fcntl.h>
#  include <time.h>
#  include <unistd.h>
#endif

/* FNV-1a */
static const uint64_t empty_hash = 14695981039346656037u;
static uint64_t feed(uint64_t hash, const void *data, size_t length) {
    const unsigned char *byte = (const unsigned char *)data;
    size_t i;
    for (i = 0; i < length; i++) hash = (hash ^ byte[i]) * 1099511628211u;
    return hash;
}

static uint64_t feed_bars(uint64_t hash, const lstmfc_candles *candles, size_t first, size_t count) {
    size_t t;
    char text[64];
    for (t = first; t < first + count; t++) {               /* as text: the same on every machine */
        size_t length = lstmfc_format_int(text, candles->time[t]);
        length += lstmfc_format_double(text + length, candles->close[t]);
        hash = feed(hash, text, length);
    }
    return hash;
}

static uint64_t span_of(const ledger_entry *entry) {
    const portfolio *p = entry->portfolio;
    uint64_t hash = empty_hash;
    int i;
    if (!p) return feed_bars(hash, entry->candles, entry->evaluation->first, entry->evaluation->count);
    for (i = 0; i < p->count; i++) hash = feed_bars(hash, p->symbols[i].part, 0, p->symbols[i].part->count);
    return hash;
}

/* Of all the bytes of a model file but `created` and, at the end, the checksum over it. */
int ledger_model(const options *o, const lstmfc_forecaster *forecaster, uint64_t *hash) {
    static const char created[] = "\"created\":", checksum[] = "\"checksum\"";
    lstmfc_error err = {0};
    lstmfc_writer w;
    const char *date, *end;
    int code = TOOL_OK;
    lstmfc_writer_init(&w, NULL);
    if (lstmfc_forecaster_save_memory(forecaster, &w, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    else {
        lstmfc_write_text(&w, "", 1);
        date = strstr(w.text, created);
        for (end = w.text + w.length - 1; end > w.text && strncmp(end, checksum, sizeof checksum - 1); end--) continue;
        *hash = feed(*hash ? *hash : empty_hash, w.text, date && date < end ? (size_t)(date - w.text) : (size_t)(end - w.text));
        if (date && date < end) {
            date += sizeof created - 1;
            date += strcspn(date, ",}");
            *hash = feed(*hash, date, (size_t)(end - date));
        }
    }
    lstmfc_writer_free(&w);
    return code;
}

/* What was asked of forecasts and trades, apart from defaults: "band 0.02, fee none". Flags that only say where something goes are no part
   of a look. */
static void options_of(const options *o, lstmfc_writer *w) {
    static const char *const groups[] = {"From forecast to position", "Backtest"};
    static const char *const names[] = {"rules", "clauses", "use_horizon", "long", "short", "exit_long", "exit_short", "walk_forward", "folds", "train_bars",
                                        "purge", "embargo", "choose"};
    char value[4096];
    int i;
    size_t k, first = w->length;
    for (i = 0; i < o->flag_count; i++) {
        const options_flag *flag = &o->flags[i];
        const char *preset = flag->preset ? flag->preset : flag->field->preset;
        int taken = 0;
        for (k = 0; k < sizeof groups / sizeof groups[0]; k++) taken |= !strcmp(o->groups[flag->group], groups[k]);
        for (k = 0; k < sizeof names / sizeof names[0]; k++) taken |= !strcmp(flag->field->name, names[k]);
        if (!taken || !flag->given || !strcmp(flag->field->name, "resamples")) continue;
        lstmfc_field_get(flag->desc, flag->field, value, sizeof value);
        if (strcmp(value, preset)) tool_print(w, "%s%s %s", w->length > first ? ", " : "", flag->field->name, value);
    }
    if (o->threshold) tool_print(w, "%sthreshold %s", w->length > first ? ", " : "", o->threshold);
    if (w->length - first >= sizeof value) {            /* more than a reader takes: its hash */
        uint64_t hash = feed(empty_hash, w->text + first, w->length - first);
        w->length = first;
        tool_print(w, "long: %016llx", (unsigned long long)hash);
    }
}

/* A line of the file. options: hash of the text. */
typedef struct look { char span[20], model[20]; uint64_t options; int64_t time, trials; double skill, ratio; } look;

static int read_line(const char *text, size_t length, look *out, lstmfc_error *err) {
    lstmfc_json *json = lstmfc_json_parse(text, length, NULL, err);
    char time[40] = "", said[4096] = "";
    double trials = 0;
    int good = json && lstmfc_json_string(json, lstmfc_json_get(json, 0, "span"), out->span, sizeof out->span, NULL)
        && lstmfc_json_string(json, lstmfc_json_get(json, 0, "model"), out->model, sizeof out->model, NULL);
    out->skill = out->ratio = lstmfc_nan();
    out->time = out->trials = 0;
    out->options = empty_hash;
    if (good) {
        lstmfc_json_number(json, lstmfc_json_get(json, 0, "skill"), &out->skill);
        lstmfc_json_number(json, lstmfc_json_get(json, 0, "ratio"), &out->ratio);
        if (lstmfc_json_number(json, lstmfc_json_get(json, 0, "trials"), &trials) && trials > 0 && trials < 1e15) out->trials = (int64_t)trials;
        if (lstmfc_json_string(json, lstmfc_json_get(json, 0, "time"), time, sizeof time, NULL)
            && !lstmfc_parse_time(time, strlen(time), &out->time)) out->time = 0;
        if (lstmfc_json_string(json, lstmfc_json_get(json, 0, "options"), said, sizeof said, NULL)) out->options = feed(empty_hash, said, strlen(said));
    }
    lstmfc_json_free(json);
    return good;
}

/* Of a search that chose it twice the larger one counts. */
static int same_look(const look *a, const look *b) { return !strcmp(a->model, b->model) && a->options == b->options; }

/* The deflated ratio of the trades of this look: above that of the best of `tries` without skill, whose ratios vary as those of the looks
   do, or by the error of a ratio where there is one look alone. Trials of a search have ratios that nobody kept: looks that resemble one
   another say nothing of how far those spread, so then it is the error at least, and no further look lowers what luck reaches to nothing. */
static int deflate(const options *o, const lstmfc_backtest *b, const lstmfc_moments *ratios, ledger *out) {
    double *returns = (double *)malloc((b->bars + 1) * sizeof *returns), annual = lstmfc_sqrt(b->metrics.annual), own = b->metrics.sharpe_se / annual,
           spread = lstmfc_moments_variance(ratios, 1), luck;
    size_t i;
    if (!returns) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 1; i < b->bars; i++) {
        double before = i > 1 ? b->equity[i - 1] : b->desc.balance;
        returns[i - 1] = before > 0 ? b->equity[i] / before - 1 : 0;
    }
    out->by_looks = ratios->count > 1 && !(out->trials && spread < own * own);
    luck = lstmfc_sharpe_expected_best((double)(out->looks + out->trials), out->by_looks ? spread : own * own);
    if (out->looks + out->trials == 1) luck = 0;
    out->luck = luck * annual;
    out->deflated = b->bars > 1 ? lstmfc_sharpe_probability(b->bars - 1, returns, luck) : lstmfc_nan();
    free(returns);
    return TOOL_OK;
}

/* Lines that are no looks are told, the first of them one by one. */
static void tell_damage(const char *path, int64_t line, const lstmfc_error *err, int64_t damaged) {
    if (damaged <= 3)
        fprintf(stderr, "note: %s: line %lld is no look of a ledger%s%s; it is not counted\n", path, (long long)line, err->message[0] ? ": " : "", err->message);
    else if (damaged == 4) fprintf(stderr, "note: %s: more such lines follow\n", path);
}

typedef struct looks { look *list; size_t count, room; } looks;

/* Notes a look that is about the span; one that is there already is none. 1: it is new. -1: out of memory. */
static int take(looks *all, const look *one) {
    size_t i;
    for (i = 0; i < all->count && !same_look(&all->list[i], one); i++) continue;
    if (i < all->count) {
        int more = one->trials > all->list[i].trials;
        if (more) all->list[i].trials = one->trials;
        return more;
    }
    if (all->count == all->room) {
        look *grown = (look *)realloc(all->list, (all->room = all->room ? 2 * all->room : 16) * sizeof *grown);
        if (!grown) return -1;
        all->list = grown;
    }
    all->list[all->count++] = *one;
    return 1;
}

/* All lines of the file that are about the span, and this look behind them; *known: it is among them. */
static int summarise(const options *o, const char *path, const char *text, size_t length, const look *now, const lstmfc_backtest *b, int *known, ledger *out) {
    looks all = {NULL, 0, 0};
    look *list;
    size_t at, end, i, k;
    int64_t line = 0, readable = 0;
    lstmfc_moments ratios = {0, 0, 0};
    int code = TOOL_OK, news = 0;
    out->best_skill = out->luck = out->deflated = lstmfc_nan();
    for (at = 0; at < length && news >= 0; at = end + 1) {
        lstmfc_error err = {0};
        look one;
        for (end = at; end < length && text[end] != '\n'; end++) continue;
        line++;
        while (at < end && (text[at] == ' ' || text[at] == '\r')) at++;
        if (at == end) continue;
        if (!read_line(text + at, end - at, &one, &err)) { tell_damage(path, line, &err, ++out->damaged); continue; }
        readable++;
        if (strcmp(one.span, now->span)) out->others++;
        else news = take(&all, &one);
    }
    if (news >= 0) news = take(&all, now);
    if (news < 0) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    *known = news == 0;
    list = all.list;
    if (code == TOOL_OK && !readable && out->damaged && strncmp(text, "{\"span\"", length < 7 ? length : 7))
        code = tool_fail(o, TOOL_DATA, "%s is no ledger: another file? It stays as it is; --ledger names one, or none", path);
    for (i = 0; i < all.count && code == TOOL_OK; i++) {
        for (k = 0; k < i && strcmp(list[k].model, list[i].model); k++) {}
        out->looks++;
        out->models += k == i;
        out->trials += list[i].trials;
        if (list[i].time && (!out->first || list[i].time < out->first)) out->first = list[i].time;
        if (list[i].time > out->last) out->last = list[i].time;
        if (lstmfc_is_finite(list[i].ratio)) lstmfc_moments_add(&ratios, list[i].ratio);
        if (lstmfc_is_finite(list[i].skill) && !(list[i].skill <= out->best_skill)) out->best_skill = list[i].skill;
    }
    if (code == TOOL_OK && b) code = deflate(o, b, &ratios, out);
    free(all.list);
    return code;
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

const char *ledger_path(options *o, const char *asked, const char *model) {
    struct stat s;
    const char *slash, *path = asked;
    char *folder;
    int of_many;
    if (asked && !strcmp(asked, "none")) return NULL;
    if (asked && *asked) return asked;
    if (!model || !*model || !strcmp(model, "-")) return NULL;
    of_many = stat(model, &s) == 0 && (s.st_mode & S_IFMT) == S_IFDIR;
    slash = strrchr(model, '/');
    if (of_many) path = files_join(o, model, "ledger.jsonl");
    else if (slash) {
        folder = files_join(o, model, "");              /* a copy */
        if (!folder) return NULL;
        folder[slash - model] = 0;
        path = files_join(o, *folder ? folder : "/", "ledger.jsonl");
    } else path = "ledger.jsonl";
    if (path && !of_many && stat(path, &s) != 0) path = files_join(o, model, ".ledger.jsonl");
    if (path) files_add(o, "ledger", FILE_KEPT, path);
    return path;
}

typedef struct journal { FILE *file; int descriptor, writable, locked; char *text; size_t length; char why[200]; } journal;

#ifndef _WIN32
/* The lock of the whole file, for the moment of reading and writing; who has waited for two seconds goes on without: a line is written at
   once in any case. */
static int lock(int descriptor) {
    const struct timespec pause = {0, 10000000};
    struct flock whole;
    int i;
    memset(&whole, 0, sizeof whole);
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    for (i = 0; i < 200; i++) {
        if (fcntl(descriptor, F_SETLK, &whole) == 0) return 1;
        if (errno != EACCES && errno != EAGAIN) return 0;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int read_all(journal *j) {
    size_t room = 0;
    ssize_t got = 1;
    while (got > 0) {
        if (j->length + 1 >= room) {
            char *grown = (char *)realloc(j->text, room = room ? 2 * room : 4096);
            if (!grown) { errno = ENOMEM; return 0; }
            j->text = grown;
        }
        do got = read(j->descriptor, j->text + j->length, room - j->length - 1); while (got < 0 && errno == EINTR);
        if (got > 0) j->length += (size_t)got;
    }
    j->text[j->length] = 0;
    return got == 0;
}

/* Opens, locks and reads; what is not there is made. writable 0: why says it. */
static int journal_begin(const options *o, const char *path, journal *j) {
    struct stat s;
    memset(j, 0, sizeof *j);
    j->descriptor = -1;
    if (stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISCHR(s.st_mode)) return tool_fail(o, TOOL_FAILURE, "--ledger %s is no file", path);
    j->descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOCTTY, 0666);
    j->writable = j->descriptor >= 0;
    if (!j->writable) {
        snprintf(j->why, sizeof j->why, "%s", strerror(errno));
        j->descriptor = open(path, O_RDONLY | O_NOCTTY);
    }
    if (j->descriptor < 0) return TOOL_OK;
    if (j->writable) j->locked = lock(j->descriptor);
    if (S_ISREG(fstat(j->descriptor, &s) == 0 ? s.st_mode : 0) && !read_all(j)) return tool_fail(o, TOOL_DATA, "%s cannot be read: %s", path, strerror(errno));
    return TOOL_OK;
}

/* One write; half a line is taken back. */
static int journal_add(journal *j, const char *line, size_t length) {
    ssize_t written;
    struct stat s;
    int known = fstat(j->descriptor, &s) == 0;
    do written = write(j->descriptor, line, length); while (written < 0 && errno == EINTR);
    if (written == (ssize_t)length) return 1;
    snprintf(j->why, sizeof j->why, "%s", written < 0 ? strerror(errno) : "the disk is full");
    if (written > 0 && known && j->locked && ftruncate(j->descriptor, s.st_size) != 0) snprintf(j->why, sizeof j->why, "half a line could not be taken back");
    return 0;
}

static void journal_end(journal *j) {
    if (j->descriptor >= 0) close(j->descriptor);       /* and the lock is gone */
    free(j->text);
}
#else
static int journal_begin(const options *o, const char *path, journal *j) {
    lstmfc_error err = {0};
    FILE *there = fopen(path, "rb");
    char *text;
    memset(j, 0, sizeof *j);
    if (there) fclose(there);
    if (there && !(text = lstmfc_file_read(path, &j->length, tool_env(), &err))) return tool_fail_error(o, &err);
    if (there) {
        if (!(j->text = (char *)malloc(j->length + 1))) return tool_fail(o, TOOL_FAILURE, "out of memory");
        memcpy(j->text, text, j->length);
        j->text[j->length] = 0;
        lstmfc_file_release(text, j->length, tool_env());
    }
    j->file = fopen(path, "ab");
    j->writable = j->file != NULL;
    if (!j->writable) snprintf(j->why, sizeof j->why, "%s", strerror(errno));
    return TOOL_OK;
}
static int journal_add(journal *j, const char *line, size_t length) {
    int good = fwrite(line, 1, length, j->file) == length && fflush(j->file) == 0;
    if (!good) snprintf(j->why, sizeof j->why, "%s", strerror(errno));
    return good;
}
static void journal_end(journal *j) { if (j->file) fclose(j->file); free(j->text); }
#endif

static int add(journal *j, const look *now, const ledger_entry *entry, const char *said) {
    const evaluation *e = entry->evaluation;
    const lstmfc_backtest *b = entry->backtest;
    char from[32], to[32], time[32];
    lstmfc_writer w;
    int good;
    lstmfc_writer_init(&w, NULL);
    if (j->length && j->text[j->length - 1] != '\n') tool_print(&w, "\n");      /* behind half a line of somebody else's */
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_put_string(&w, "span", now->span);
    lstmfc_json_put_string(&w, "model", now->model);
    lstmfc_json_put_string(&w, "options", said);
    lstmfc_format_time(time, now->time); lstmfc_json_put_string(&w, "time", time);
    lstmfc_format_time(from, e ? e->from : b->time[0]); lstmfc_json_put_string(&w, "from", from);
    lstmfc_format_time(to, e ? e->to : b->time[b->bars - 1]); lstmfc_json_put_string(&w, "to", to);
    lstmfc_json_put_string(&w, "file", entry->model);
    lstmfc_json_put_string(&w, "target", tool_target_name(e ? e->info.target : entry->target));
    lstmfc_json_put_number(&w, "skill", now->skill);
    lstmfc_json_put_number(&w, "ratio", now->ratio);
    if (now->trials) lstmfc_json_put_integer(&w, "trials", now->trials);
    lstmfc_json_end(&w, '}');
    tool_print(&w, "\n");
    if (w.failed != LSTMFC_OK) snprintf(j->why, sizeof j->why, "%s", lstmfc_result_text(w.failed));
    good = w.failed == LSTMFC_OK && journal_add(j, w.text, w.length);
    lstmfc_writer_free(&w);
    return good;
}

int ledger_look(const options *o, const char *path, const ledger_entry *entry, ledger *out) {
    const evaluation *e = entry->evaluation;
    const lstmfc_backtest *b = entry->backtest;
    uint64_t model = entry->models;
    lstmfc_writer said;
    journal j;
    look now;
    int code, known = 0;
    memset(out, 0, sizeof *out);
    if (!path || (e && e->in_sample)) return TOOL_OK;
    memset(&now, 0, sizeof now);
    lstmfc_writer_init(&said, NULL);
    options_of(o, &said);
    lstmfc_write_text(&said, "", 1);
    code = said.failed != LSTMFC_OK ? tool_fail(o, TOOL_FAILURE, "out of memory")
         : entry->forecaster ? ledger_model(o, entry->forecaster, &model) : TOOL_OK;
    if (code == TOOL_OK) code = journal_begin(o, path, &j);
    else { lstmfc_writer_free(&said); return code; }
    if (code == TOOL_OK) {
        out->file = path;
        snprintf(now.span, sizeof now.span, "%016llx", (unsigned long long)span_of(entry));
        snprintf(now.model, sizeof now.model, "%016llx", (unsigned long long)model);
        now.options = feed(empty_hash, said.text, strlen(said.text));
        now.time = tool_created(0, 0);
        if (now.time < 0) now.time = tool_wall_clock();
        now.trials = entry->trials;
        now.skill = e ? e->baselines[0].comparison.skill : lstmfc_nan();
        now.ratio = !b ? lstmfc_nan() : lstmfc_is_nan(b->metrics.sharpe) ? 0 : b->metrics.sharpe / lstmfc_sqrt(b->metrics.annual);
        code = summarise(o, path, j.text ? j.text : "", j.length, &now, b, &known, out);
    }
    if (code == TOOL_OK) {
        out->kept = known || (j.writable && add(&j, &now, entry, said.text));
        if (!out->kept)
            fprintf(stderr, "note: this look at the test span is not kept: %s: %s; --ledger names another file, or none\n", path, j.why);
    }
    journal_end(&j);
    lstmfc_writer_free(&said);
    return code;
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* "this test span was looked at 3 times (first ..., last ...), by 2 models". */
static void sentence(lstmfc_writer *w, const ledger *l) {
    char a[32], b[32];
    tool_print(w, "this test span was looked at %s time%s (", tool_count(a, l->looks), l->looks == 1 ? "" : "s");
    if (!l->first) tool_print(w, "nobody noted when");
    else if (l->looks == 1) tool_print(w, "%s", tool_time(a, l->first, 0));
    else tool_print(w, "first %s, last %s", tool_time(a, l->first, 0), tool_time(b, l->last, 0));
    tool_print(w, "), by %s model%s", tool_count(a, l->models), l->models == 1 ? "" : "s");
    if (l->looks > 1 && lstmfc_is_finite(l->best_skill)) tool_print(w, "; the best skill over persistence of them is %s", tool_figure(b, "%+.4f", l->best_skill));
}

/* Which count the deflated ratio took, and from where. */
static void tries(lstmfc_writer *w, const ledger *l) {
    char a[32], b[32], c[32];
    int64_t count = l->looks + l->trials;
    if (count == 1) {
        tool_print(w, "P(true Sharpe ratio above 0) %s; 1 try, this one", tool_figure(b, "%.3f", l->deflated));
        return;
    }
    tool_print(w, "P(true Sharpe ratio above %s a year, the best of %s tries without skill) %s; ", tool_figure(a, "%.2f", l->luck), tool_count(c, count),
               tool_figure(b, "%.3f", l->deflated));
    tool_print(w, "%s tries: %s look%s", tool_count(c, count), tool_count(b, l->looks), l->looks == 1 ? "" : "s");
    if (l->trials) tool_print(w, " and %s trial%s of searches", tool_count(c, l->trials), l->trials == 1 ? "" : "s");
    tool_print(w, "; spread: %s", l->by_looks ? "that of the looks' ratios" : "the error of this ratio");
}

void ledger_describe(lstmfc_writer *w, const ledger *l) {
    if (!l->file) return;
    tool_print(w, "ledger        ");
    sentence(w, l);
    tool_print(w, "\n");
    if (lstmfc_is_finite(l->deflated)) {
        tool_print(w, "              deflated: ");
        tries(w, l);
        tool_print(w, "\n");
    }
}

void ledger_html(lstmfc_writer *w, const ledger *l) {
    if (!l || !l->file) return;
    tool_print(w, "<p class=\"sub\">Ledger: ");
    sentence(w, l);
    if (lstmfc_is_finite(l->deflated)) {
        tool_print(w, ". Deflated: ");
        tries(w, l);
    }
    tool_print(w, ".</p>\n");
}

void ledger_json(lstmfc_writer *w, const ledger *l) {
    char text[32];
    if (!l->file) return;
    lstmfc_json_begin(w, "ledger", '{');
    lstmfc_json_put_string(w, "file", l->file);
    lstmfc_json_put_bool(w, "kept", l->kept);
    lstmfc_json_put_integer(w, "looks", l->looks);
    lstmfc_json_put_integer(w, "models", l->models);
    lstmfc_json_put_integer(w, "trials", l->trials);
    lstmfc_json_put_integer(w, "looks_at_other_bars", l->others);
    lstmfc_json_put_integer(w, "damaged_lines", l->damaged);
    if (l->first) { lstmfc_format_time(text, l->first); lstmfc_json_put_string(w, "first", text); }
    if (l->last)  { lstmfc_format_time(text, l->last);  lstmfc_json_put_string(w, "last", text); }
    lstmfc_json_put_number(w, "best_skill", l->best_skill);
    lstmfc_json_put_integer(w, "tries", l->looks + l->trials);
    lstmfc_json_put_string(w, "spread", l->by_looks ? "looks" : "error");
    lstmfc_json_put_number(w, "sharpe_by_luck", l->luck);
    lstmfc_json_put_number(w, "deflated_sharpe_probability", l->deflated);
    lstmfc_json_end(w, '}');
}
