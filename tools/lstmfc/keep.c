/* keep.c - how old is a model file, and which were there before it. Every file is written whole or not at all (lstmfc_file_write), and
   nothing is removed before the new ones lie there: whenever the program ends, the model is the old or the new one, and its predecessors
   are at least as many as asked for. */
#include "keep.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STAMP = 16 };                    /* 20250131T235959Z */

/* ---- age -------------------------------------------------------------------------------------------------------- */

static int is_there(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL || errno != ENOENT;
}

int keep_look(const options *o, const char *path, double max_age_hours, int64_t now, keep_model *model) {
    lstmfc_error err = {0};
    lstmfc_forecaster_info info;
    double age;
    char when[32];
    memset(model, 0, sizeof *model);
    snprintf(model->why, sizeof model->why, "there was no model file");
    if (!is_there(path)) return -1;
    if (!(model->old = lstmfc_forecaster_load(path, tool_env(), &err))) return tool_fail_model(o, path, &err);
    info = lstmfc_forecaster_get_info(model->old);
    if (info.members) return tool_fail(o, TOOL_USAGE, "%s is an ensemble, which is not trained again by its age", path);
    if (!now) now = tool_wall_clock();
    age = (double)(now - info.created) / 3600000.0;
    model->fresh = info.created > 0 && age <= max_age_hours;
    if (info.created) snprintf(model->why, sizeof model->why, "created %s, %.1f hours ago", tool_time(when, info.created, 0), age);
    else snprintf(model->why, sizeof model->why, "it does not say when it was created");
    return -1;
}

void keep_fallback(const keep_model *model, const char *path) {
    if (model->old) fprintf(stderr, "note: the old model %s (%s) is kept as it was\n", path, model->why);
}

/* ---- the options of the file ------------------------------------------------------------------------------------- */

/* What the task of the file says of a field, as a flag would; NULL: its options know, or nobody. */
static const char *task_text(const lstmfc_forecaster_info *info, const char *horizons, const char *name, char number[32]) {
    static const char *const scalers[] = {LSTMFC_CHOICES_SCALER(LSTMFC__NAME)};
    const struct { const char *name; int64_t value; } numbers[] = {
        {"horizon", info->horizon}, {"window", info->window}, {"seed", info->seed}, {"volatility_bars", info->volatility_bars}
    };
    size_t i;
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!strcmp(name, numbers[i].name) && (numbers[i].value || i != 3)) { lstmfc_format_int(number, numbers[i].value); return number; }
    if (!strcmp(name, "horizons")) return horizons;
    if (!strcmp(name, "target")) return tool_target_name(info->target);
    if (!strcmp(name, "features")) return info->feature_spec;
    if (!strcmp(name, "model")) return info->model_spec;
    if (!strcmp(name, "symbol")) return info->symbol;
    if (!strcmp(name, "scaler")) return scalers[info->scaler];
    if (!strcmp(name, "expression") && info->target == LSTMFC_TARGET_EXPRESSION) return info->quantity;
    return NULL;
}

int keep_inherit(const options *o, keep_model *model, lstmfc_forecaster_desc *desc) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model->old);
    lstmfc_error err = {0};
    lstmfc_json *json = lstmfc_json_parse(info.options, strlen(info.options), NULL, &err);
    int table, code = json ? TOOL_OK : tool_fail_error(o, &err), ahead = options_given(o, "horizon") || options_given(o, "horizons");
    size_t used = 0;
    int32_t answer;
    for (answer = 0; info.answers > 1 && answer < info.answers && used < sizeof model->horizons - 16; answer++)
        used += (size_t)snprintf(model->horizons + used, sizeof model->horizons - used, answer ? ",%d" : "%d",
                                 lstmfc_forecaster_get_info(lstmfc_forecaster_answer(model->old, answer)).horizon);
    for (table = 0; table < 3 && code == TOOL_OK; table++) {
        size_t count, i;
        const lstmfc_field *fields = table == 0 ? lstmfc_forecaster_desc_fields(&count) : table == 1 ? lstmfc_training_desc_fields(&count)
                                   : lstmfc_optimizer_desc_fields(&count);
        void *values = table == 0 ? (void *)desc : table == 1 ? (void *)&desc->training : (void *)&desc->training.optimizer;
        for (i = 0; i < count && code == TOOL_OK; i++) {
            const char *name = fields[i].name;
            char number[32], text[300];
            const char *said = task_text(&info, model->horizons, name, number);
            if (!strcmp(name, "created") || !strcmp(name, "test") || !strcmp(name, "freeze") || !strcmp(name, "threads")
                || options_given_field(o, &fields[i]) || (ahead && !strncmp(name, "horizon", 7))) continue;
            if (!said && fields[i].kind != LSTMFC_TEXT)
                said = lstmfc_json_string(json, lstmfc_json_get(json, 0, name), text, sizeof text, NULL) ? text : fields[i].preset;
            if (said && *said && lstmfc_field_set(values, &fields[i], said, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
        }
    }
    lstmfc_json_free(json);
    return code;
}

/* ---- versions ---------------------------------------------------------------------------------------------------- */

/* A model's versions lie beside it: "dir/", "NAME-", stamp, ".json". */
typedef struct place { char *folder, *stem; const char *end; } place;

static void place_free(place *p) { free(p->folder); free(p->stem); }

static char *part_of_text(const char *text, size_t length) {
    char *copy = (char *)malloc(length + 1);
    if (copy) { memcpy(copy, text, length); copy[length] = 0; }
    return copy;
}

static int place_of(const options *o, const char *path, place *p) {
    const char *name = strrchr(path, '/');
    size_t length;
    name = name ? name + 1 : path;
    length = strlen(name);
    p->end = length > 5 && !strcmp(name + length - 5, ".json") ? ".json" : "";
    p->folder = part_of_text(path, (size_t)(name - path));
    p->stem = part_of_text(name, length - strlen(p->end));
    if (p->folder && p->stem) return TOOL_OK;
    place_free(p);
    return tool_fail(o, TOOL_FAILURE, "out of memory");
}

/* The stamp of a time: its digits, T and Z, to the second. */
static void stamp_of(int64_t time, char out[STAMP + 1]) {
    char text[32];
    size_t i, n = 0;
    lstmfc_format_time(text, time - (time % 1000 + 1000) % 1000);
    for (i = 0; text[i] && n < STAMP; i++) if (text[i] != '-' && text[i] != ':') out[n++] = text[i];
    out[n] = 0;
}

/* Is `name` a version of the place? Its stamp then. */
static int is_version(const place *p, const char *name, char stamp[STAMP + 1]) {
    size_t stem = strlen(p->stem), i;
    if (strncmp(name, p->stem, stem) || name[stem] != '-' || strlen(name) != stem + 1 + STAMP + strlen(p->end)
        || strcmp(name + stem + 1 + STAMP, p->end)) return 0;
    memcpy(stamp, name + stem + 1, STAMP);
    stamp[STAMP] = 0;
    for (i = 0; i < STAMP; i++)
        if (i == 8 ? stamp[i] != 'T' : i == STAMP - 1 ? stamp[i] != 'Z' : stamp[i] < '0' || stamp[i] > '9') return 0;
    return 1;
}

static int newest_first(const void *a, const void *b) { return strcmp((const char *)b, (const char *)a); }

/* Stamps of all versions, newest first, [count][STAMP + 1]; NULL and a message: no memory, or the folder cannot be read. */
static char (*versions(const options *o, const place *p, size_t *count))[STAMP + 1] {
    const char *folder = *p->folder ? p->folder : ".";
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char (*list)[STAMP + 1] = NULL, (*more)[STAMP + 1], stamp[STAMP + 1];
    size_t room = 0;
    *count = 0;
    if (!dir) { tool_fail(o, TOOL_FAILURE, "%s: the folder cannot be read: %s", folder, strerror(errno)); return NULL; }
    do {
        entry = readdir(dir);
        if (*count + 1 >= room) {
            room = room ? 2 * room : 16;
            more = (char (*)[STAMP + 1])realloc(list, room * sizeof *list);
            if (!more) { free(list); closedir(dir); tool_fail(o, TOOL_FAILURE, "out of memory"); return NULL; }
            list = more;
        }
        if (entry && is_version(p, entry->d_name, stamp)) memcpy(list[(*count)++], stamp, sizeof stamp);
    } while (entry);
    closedir(dir);
    qsort(list, *count, sizeof *list, newest_first);
    return list;
}

/* "dir/NAME-stamp.json"; to be freed. */
static char *version_path(const place *p, const char *stamp) {
    size_t length = strlen(p->folder) + strlen(p->stem) + STAMP + strlen(p->end) + 2;
    char *path = (char *)malloc(length);
    if (path) snprintf(path, length, "%s%s-%s%s", p->folder, p->stem, stamp, p->end);
    return path;
}

/* The contents of one file into another, whole or not at all. */
static int copy_file(const options *o, const char *from, const char *to) {
    lstmfc_error err = {0};
    size_t length = 0;
    char *text = tool_read(from, &length, NULL, &err);
    int code = TOOL_OK;
    if (!text || lstmfc_file_write(to, text, length, &err) != LSTMFC_OK) code = tool_fail_as(o, TOOL_FAILURE, &err);
    lstmfc_file_release(text, length, NULL);
    return code;
}

/* What the file holds now, as a version, if it is none yet. A file that is no model is left to be replaced. */
static int keep_present(const options *o, const place *p, const char *path) {
    lstmfc_forecaster *old = is_there(path) ? lstmfc_forecaster_load(path, tool_env(), NULL) : NULL;
    int64_t created = old ? lstmfc_forecaster_get_info(old).created : 0;
    char stamp[STAMP + 1], *version;
    int code = TOOL_OK;
    lstmfc_forecaster_free(old);
    if (!created) return TOOL_OK;
    stamp_of(created, stamp);
    if (!(version = version_path(p, stamp))) return tool_fail(o, TOOL_FAILURE, "out of memory");
    if (!is_there(version)) code = copy_file(o, path, version);
    free(version);
    return code;
}

static int remove_oldest(const options *o, const place *p, int keep) {
    size_t count, i;
    char (*list)[STAMP + 1] = versions(o, p, &count);
    int code = list ? TOOL_OK : TOOL_FAILURE;
    for (i = (size_t)keep; list && i < count; i++) {
        char *version = version_path(p, list[i]);
        if (version && remove(version)) fprintf(stderr, "note: %s could not be removed: %s\n", version, strerror(errno));
        free(version);
    }
    free(list);
    return code;
}

int keep_save(const options *o, const lstmfc_forecaster *forecaster, const char *path, int keep) {
    lstmfc_error err = {0};
    int64_t created = lstmfc_forecaster_get_info(forecaster).created;
    char stamp[STAMP + 1], *version = NULL;
    place p;
    int code;
    if (!keep) {
        return lstmfc_forecaster_save(forecaster, path, &err) == LSTMFC_OK ? TOOL_OK : tool_fail_as(o, TOOL_FAILURE, &err);
    }
    if (!created) return tool_fail(o, TOOL_USAGE, "--keep names models by their time of creation, and --created 0 leaves none");
    if ((code = place_of(o, path, &p)) != TOOL_OK) return code;
    stamp_of(created, stamp);
    code = keep_present(o, &p, path);
    if (code == TOOL_OK && !(version = version_path(&p, stamp))) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK && (lstmfc_forecaster_save(forecaster, version, &err) != LSTMFC_OK
                            || lstmfc_forecaster_save(forecaster, path, &err) != LSTMFC_OK)) code = tool_fail_as(o, TOOL_FAILURE, &err);
    if (code == TOOL_OK) code = remove_oldest(o, &p, keep);
    free(version);
    place_free(&p);
    return code;
}

/* Which version comes before what the file holds: an index into the list, or count. A file that is not there, or no model, is newer than
   all. */
static size_t before(const char *path, char (*list)[STAMP + 1], size_t count) {
    lstmfc_forecaster *now = is_there(path) ? lstmfc_forecaster_load(path, tool_env(), NULL) : NULL;
    char stamp[STAMP + 1] = "~";
    size_t i = 0;
    if (now && lstmfc_forecaster_get_info(now).created) stamp_of(lstmfc_forecaster_get_info(now).created, stamp);
    lstmfc_forecaster_free(now);
    while (i < count && strcmp(list[i], stamp) >= 0) i++;
    return i;
}

static int told(const options *o, const char *path, const char *version, const lstmfc_forecaster *forecaster) {
    lstmfc_writer w;
    char when[32];
    int64_t created = lstmfc_forecaster_get_info(forecaster).created;
    int code;
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_format_time(when, created);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", path);
        lstmfc_json_put_string(&w, "rolled_back_to", version);
        lstmfc_json_put_string(&w, "created", when);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else tool_print(&w, "rolled back   %s is %s again, created %s\n", path, version, tool_time(when, created, 0));
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

int keep_roll_back(const options *o, const char *path) {
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster;
    place p;
    size_t count, at;
    char (*list)[STAMP + 1], *version = NULL;
    int code = place_of(o, path, &p);
    if (code != TOOL_OK) return code;
    if (!(list = versions(o, &p, &count))) { place_free(&p); return TOOL_FAILURE; }
    at = before(path, list, count);
    if (at == count)
        code = tool_fail(o, TOOL_MODEL, "nothing to roll back to: beside %s lie %d models named %s-<time>%s, and none of them is older", path,
                         (int)count, p.stem, p.end);
    else if (!(version = version_path(&p, list[at]))) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) {
        if (!(forecaster = lstmfc_forecaster_load(version, tool_env(), &err))) code = tool_fail_model(o, version, &err);
        if (code == TOOL_OK) code = copy_file(o, version, path);
        if (code == TOOL_OK) code = told(o, path, version, forecaster);
        lstmfc_forecaster_free(forecaster);
    }
    free(version);
    free(list);
    place_free(&p);
    return code;
}
