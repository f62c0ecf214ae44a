/* files.c - the files of a command, looked at before any work. See files.h. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifndef _WIN32
#  include <errno.h>
#  include <fcntl.h>
#  include <unistd.h>
#endif

/* ---- the list --------------------------------------------------------------------------------------------------- */

static char *copy_of(const char *text, size_t length) {
    char *copy = (char *)malloc(length + 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

static file_entry *add(options *o, const char *before, const char *flag, file_role role, const char *path) {
    file_entry *more = (file_entry *)realloc(o->files, (size_t)(o->file_count + 1) * sizeof *more), *entry;
    size_t i, length = strlen(before);
    if (!more) { o->file_lost = 1; return NULL; }
    o->files = more;
    entry = &more[o->file_count];
    memset(entry, 0, sizeof *entry);
    entry->role = role;
    entry->path = copy_of(path, strlen(path));
    entry->flag = (char *)malloc(length + strlen(flag) + 1);
    if (!entry->path || !entry->flag) {
        free(entry->path);
        free(entry->flag);
        o->file_lost = 1;
        return NULL;
    }
    memcpy(entry->flag, before, length);
    for (i = 0; i <= strlen(flag); i++) entry->flag[length + i] = flag[i] == '_' ? '-' : flag[i];
    o->file_count++;
    return entry;
}

int files_add(options *o, const char *flag, file_role role, const char *path) {
    return add(o, "--", flag, role, path) != NULL;
}

char *files_join(options *o, const char *folder, const char *name) {
    size_t length = strlen(folder) + strlen(name) + 2;
    char *path = (char *)malloc(length);
    char **more = (char **)realloc(o->paths, (size_t)(o->path_count + 1) * sizeof *more);
    if (more) o->paths = more;
    if (!path || !more) {
        free(path);
        tool_fail(o, TOOL_FAILURE, "out of memory");
        return NULL;
    }
    snprintf(path, length, "%s%s%s", folder, !*name || *name == '.' ? "" : "/", name);     /* ".checkpoint" only ends it */
    return o->paths[o->path_count++] = path;
}

void files_free(options *o) {
    while (o->file_count) {
        file_entry *entry = &o->files[--o->file_count];
        free(entry->flag);
        free(entry->path);
        free(entry->rest);
    }
    while (o->path_count) free(o->paths[--o->path_count]);
    free(o->files);
    free(o->paths);
    o->files = NULL;
    o->paths = NULL;
}

/* ---- which file is it? ------------------------------------------------------------------------------------------ */

#ifndef _WIN32
static void mark(file_entry *entry, const struct stat *s) {
    entry->known = 1;
    entry->place = (uint64_t)s->st_dev;
    entry->number = (uint64_t)s->st_ino;
}

/* Devices and pipes are no files that one output could take from another: /dev/null may be given many times. */
static void identify(file_entry *entry) {
    struct stat s;
    const char *target = tool_target(entry->path), *name;
    char *folder;
    if (!target || !strcmp(entry->path, "-")) return;
    if (stat(target, &s) == 0) {
        if (S_ISREG(s.st_mode)) mark(entry, &s);
        return;
    }
    name = strrchr(target, '/');
    name = name ? name + 1 : target;
    folder = copy_of(target, (size_t)(name - target));
    if (folder && stat(*folder ? folder : ".", &s) == 0) entry->rest = copy_of(name, strlen(name));
    if (entry->rest) mark(entry, &s);
    free(folder);
}

/* What the shell has led to a file is a file of the command's too. */
static void add_standard(options *o) {
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    int i;
    for (i = 0; i < 3; i++) {
        struct stat s;
        file_entry *entry;
        if (fstat(i, &s) != 0 || !S_ISREG(s.st_mode)) continue;
        entry = add(o, "", names[i], i ? FILE_WRITTEN : FILE_READ, names[i]);
        if (!entry) return;
        entry->standard = 1;
        mark(entry, &s);
    }
}

static int same_file(const file_entry *a, const file_entry *b) {
    if (!a->known || !b->known || a->place != b->place || a->number != b->number || !a->rest != !b->rest) return 0;
    return !a->rest || !strcmp(a->rest, b->rest);
}
#else
static void identify(file_entry *entry) { entry->known = strcmp(entry->path, "-") != 0; }
static void add_standard(options *o) { (void)o; }
static int same_file(const file_entry *a, const file_entry *b) {
    return a->known && b->known && !strcmp(a->path, b->path);
}
#endif

/* ---- looking ---------------------------------------------------------------------------------------------------- */

static int clash(const options *o, const file_entry *a, const file_entry *b) {
    const file_entry *written = a->role == FILE_READ ? b : a, *other = written == a ? b : a;
    if (written->role == FILE_READ || (a->standard && b->standard) || !same_file(a, b)) return -1;
    if (written->role == FILE_SAVED_LATER && !strcmp(other->flag, "--resume")) return -1;
    if (other->role == FILE_READ)
        return tool_fail(o, TOOL_USAGE, "%s%s%s is the file of %s: it would be written over", written->path,
                         written->standard ? "" : " of ", written->standard ? "" : written->flag, other->flag);
    return tool_fail(o, TOOL_USAGE, "%s and %s lead to one file, %s: the second would replace the first", written->flag,
                     other->flag, written->standard ? other->path : written->path);
}

static int writable(const options *o, const file_entry *entry) {
    lstmfc_error err = {0};
    if (entry->standard || entry->role == FILE_KEPT || lstmfc_file_writable(entry->path, &err) == LSTMFC_OK) return -1;
    if (entry->role != FILE_SAVED_LATER) return tool_fail(o, TOOL_FAILURE, "%s: %s", entry->flag, err.message);
    fprintf(stderr, "note: Ctrl-C would save no checkpoint: %s\n", err.message);
    return -1;
}

static int two_streams(const options *o, const char *flag) {
    return tool_fail(o, TOOL_USAGE, "only one input can be stdin (-), and %s is another", flag);
}

/* One flag, if it is a file's. An empty name is no file, and no place where it would be noticed comes early. */
static int take_flag(options *o, const options_flag *flag, int *streams) {
    const char *role = flag->field->range, *path;
    int in = !strcmp(role, OPTIONS_IN), kept = !strcmp(role, OPTIONS_KEPT), out = kept || !strcmp(role, OPTIONS_OUT);
    const char *expected = in ? "a file" : out ? "a file to write" : "a folder";
    char name[64];
    if (flag->field->kind != LSTMFC_TEXT || (!in && !out && strcmp(role, OPTIONS_FOLDER))) return -1;
    memcpy(&path, (const unsigned char *)flag->desc + flag->field->offset, sizeof path);
    if (!path) return -1;
    snprintf(name, sizeof name, "--%s", flag->field->name);
    if (!*path) return tool_fail(o, TOOL_USAGE, "%s: the name is empty; expected %s", name, expected);
    if (kept && !strcmp(path, "-")) return tool_fail(o, TOOL_USAGE, "%s is a file that is kept, not stdout", name);
    if (kept && !strcmp(path, "none")) return -1;
    if (in && !strcmp(path, "-") && ++*streams > 1) return two_streams(o, name);
    if (in || out) files_add(o, flag->field->name, in ? FILE_READ : kept ? FILE_KEPT : FILE_WRITTEN, path);
    return -1;
}

int files_check(options *o) {
    int i, k, code = -1, streams = 0;
    for (i = 0; i < o->flag_count && code == -1; i++) code = take_flag(o, &o->flags[i], &streams);
    if (code != -1) return code;
    if (o->config && !strcmp(o->config, "-") && streams) return two_streams(o, "--config");
    if (o->config) files_add(o, "config", FILE_READ, o->config);
    add_standard(o);
    if (o->file_lost) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 0; i < o->file_count; i++) if (!o->files[i].standard) identify(&o->files[i]);
    for (i = 0; i < o->file_count && code == -1; i++)
        for (k = 0; k < i && code == -1; k++) code = clash(o, &o->files[k], &o->files[i]);
    for (k = 0; k < 2; k++)                 /* the note about a checkpoint only when the outputs themselves can be written */
        for (i = 0; i < o->file_count && code == -1; i++)
            if (o->files[i].role != FILE_READ && (o->files[i].role == FILE_SAVED_LATER) == k) code = writable(o, &o->files[i]);
    return code;
}

int files_known(const options *o, const char *path) {
    static char flag[] = "an output";
    file_entry entry;
    int i, code = -1;
    memset(&entry, 0, sizeof entry);
    for (i = 0; i < o->file_count; i++)
        if (o->files[i].role != FILE_READ && !strcmp(o->files[i].path, path)) return TOOL_OK;
    entry.flag = flag;
    entry.role = FILE_WRITTEN;
    entry.path = copy_of(path, strlen(path));
    if (!entry.path) return tool_fail(o, TOOL_FAILURE, "out of memory");
    identify(&entry);
    for (i = 0; i < o->file_count && code == -1; i++) code = clash(o, &o->files[i], &entry);
    free(entry.path);
    free(entry.rest);
    return code == -1 ? TOOL_OK : code;
}

int files_same(const options *o, const char *flag, const char *path) {
    int i, k;
    for (i = 0; i < o->file_count; i++)
        for (k = 0; !strcmp(o->files[i].path, path) && k < o->file_count; k++)
            if (k != i && !strcmp(o->files[k].flag + 2, flag) && same_file(&o->files[i], &o->files[k])) return 1;
    return 0;
}

void files_hold_standard(void) {
#ifndef _WIN32
    int i;
    for (i = 0; i < 3; i++)                             /* open takes the lowest free number: i */
        if (fcntl(i, F_GETFD) == -1 && errno == EBADF && open("/dev/null", i ? O_RDONLY : O_WRONLY) != i) return;
#endif
}

/* ---- writing what the commands make ------------------------------------------------------------------------------ */

/* Is stdout one? What goes into a file or a pipe stays as it is. */
static int is_terminal(void) {
#ifdef _WIN32
    return 0;
#else
    return isatty(1);
#endif
}

int tool_write(const options *o, const char *path, const lstmfc_writer *writer) {
    lstmfc_error err = {0};
    int code = strcmp(path, "-") ? files_known(o, path) : TOOL_OK;
    if (code != TOOL_OK) return code;
    if (writer->failed != LSTMFC_OK) return tool_fail(o, TOOL_FAILURE, "%s: %s", path, lstmfc_result_text(writer->failed));
    if (!strcmp(path, "-") && is_terminal()) {
        tool_show(stdout, writer->text, writer->length);
        return fflush(stdout) ? tool_fail(o, TOOL_FAILURE, "stdout cannot be written") : TOOL_OK;
    }
    if (lstmfc_file_write(path, writer->text, writer->length, &err) != LSTMFC_OK) return tool_fail_as(o, TOOL_FAILURE, &err);
    return TOOL_OK;
}

int tool_save_model(const options *o, const lstmfc_forecaster *forecaster, const char *path) {
    lstmfc_error err = {0};
    int code = strcmp(path, "-") ? files_known(o, path) : TOOL_OK;
    if (code != TOOL_OK || lstmfc_forecaster_save(forecaster, path, &err) == LSTMFC_OK) return code;
    return tool_fail_as(o, TOOL_FAILURE, &err);
}

int tool_say(const options *o, FILE *to, const lstmfc_writer *writer) {
    if (to == stdout) return tool_write(o, "-", writer);
    if (writer->failed != LSTMFC_OK) return tool_fail(o, TOOL_FAILURE, "%s", lstmfc_result_text(writer->failed));
    tool_show(to, writer->text, writer->length);
    return TOOL_OK;
}
