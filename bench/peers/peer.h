/* peer.h: what the C and C++ workers share: the files ours exports, the timing loop, the line protocol (see bench/bench.c). A worker
   includes it, defines make_item and check_work, and calls serve in main. C99 and C++11. */
#ifndef PEER_H
#define PEER_H
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PEER_LAYERS = 8, PEER_CHECKED = 4, PEER_LARGE = 256 };
typedef struct peer_layer {
    int lstm, inputs, size;                 /* a dense layer has lstm 0 */
    char activation[16];
    float *kernel, *recurrent, *bias;       /* lstm: [I][4H] [H][4H] [4H], gates i,f,g,o; dense: [I][O] NULL [O] */
} peer_layer;
typedef struct peer_work {
    char name[16];
    int inputs, window, batch, rows, sets, layers;
    peer_layer layer[PEER_LAYERS];
    float *matrix, *targets;                /* [rows][inputs], [rows] */
    int64_t *first;                         /* [sets][batch] */
} peer_work;

/* What is timed: call(object, &check) does one unit of work and returns how many it counts for. call NULL: not measured. */
typedef struct peer_item { double (*call)(void *object, double *check); void *object; } peer_item;
static peer_item make_item(const char *item, const peer_work *w);
static void check_work(const peer_work *w, float outputs[PEER_CHECKED], float *stream);

static void *peer_read(const char *folder, const char *name, const char *ending, size_t *bytes) {
    char path[512];
    FILE *file;
    void *data;
    long length;
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending);
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) || (length = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) exit(1);
    data = calloc((size_t)length + 1, 1);
    if (!data || fread(data, 1, (size_t)length, file) != (size_t)length) exit(1);
    fclose(file);
    if (bytes) *bytes = (size_t)length;
    return data;
}

static peer_work *peer_load(const char *folder, const char *name) {
    peer_work *w = (peer_work *)calloc(1, sizeof *w);
    char *text = (char *)peer_read(folder, name, "txt", NULL), *line;
    float *weights = (float *)peer_read(folder, name, "weights", NULL);
    snprintf(w->name, sizeof w->name, "%s", name);
    for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        peer_layer *l = &w->layer[w->layers];
        sscanf(line, "inputs %d", &w->inputs);
        sscanf(line, "window %d", &w->window);
        sscanf(line, "batch %d", &w->batch);
        sscanf(line, "rows %d", &w->rows);
        sscanf(line, "sets %d", &w->sets);
        if (sscanf(line, "lstm %d %d", &l->inputs, &l->size) == 2) { l->lstm = 1; w->layers++; }
        if (sscanf(line, "dense %d %d %15s", &l->inputs, &l->size, l->activation) == 3) w->layers++;
    }
    free(text);
    {
        peer_layer *l;
        for (l = w->layer; l < w->layer + w->layers; l++) {
            int columns = l->lstm ? 4 * l->size : l->size;
            l->kernel = weights;
            weights += l->inputs * columns;
            if (l->lstm) { l->recurrent = weights; weights += l->size * columns; }
            l->bias = weights;
            weights += columns;
        }
    }
    w->matrix = (float *)peer_read(folder, name, "rows", NULL);
    w->targets = (float *)peer_read(folder, name, "targets", NULL);
    w->first = (int64_t *)peer_read(folder, name, "first", NULL);
    return w;
}

/* The dense layers after the recurrent ones, plainly, for the check alone: h [size of the last LSTM layer]. */
static float peer_head(const peer_work *w, const float *h) {
    float x[1024], y[1024];
    int k, i, o;
    for (k = 0; k < w->layers && w->layer[k].lstm; k++) { }
    memcpy(x, h, (size_t)w->layer[k].inputs * sizeof *x);
    for (; k < w->layers; k++) {
        const peer_layer *l = &w->layer[k];
        for (o = 0; o < l->size; o++) {
            float z = l->bias[o];
            for (i = 0; i < l->inputs; i++) z += x[i] * l->kernel[i * l->size + o];
            if (!strcmp(l->activation, "relu")) z = z > 0 ? z : 0;
            if (!strcmp(l->activation, "sigmoid")) z = 1 / (1 + expf(-z));
            if (!strcmp(l->activation, "swish")) z = z / (1 + expf(-z));
            y[o] = z;
        }
        memcpy(x, y, sizeof x);
    }
    return x[0];
}

/* out [window][count][inputs]: windows `first`, time-major */
static void peer_windows(const peer_work *w, const int64_t *first, int count, float *out) {
    int t, b;
    for (t = 0; t < w->window; t++)
        for (b = 0; b < count; b++)
            memcpy(out + ((size_t)t * (size_t)count + (size_t)b) * (size_t)w->inputs,
                   w->matrix + ((size_t)first[b] + (size_t)t) * (size_t)w->inputs, (size_t)w->inputs * sizeof *out);
}

static double peer_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void peer_timed(peer_item *item, double seconds, double *known) {
    double wall, cpu, end, units = 0, check = 0;
    size_t i, chunk;
    for (i = 0; *known <= 0 && i < 2; i++) {
        wall = peer_clock(CLOCK_MONOTONIC);
        item->call(item->object, &check);
        if (i) *known = peer_clock(CLOCK_MONOTONIC) - wall + 1e-9;
    }
    chunk = *known > 0.002 ? 1 : (size_t)(0.002 / *known);
    wall = peer_clock(CLOCK_MONOTONIC);
    cpu = peer_clock(CLOCK_PROCESS_CPUTIME_ID);
    do {
        for (i = 0; i < chunk; i++) units += item->call(item->object, &check);
        end = peer_clock(CLOCK_MONOTONIC);
    } while (end - wall < seconds);
    printf("{\"units\":%.17g,\"wall\":%.9g,\"cpu\":%.9g,\"check\":%.9g}\n", units, end - wall,
           peer_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu, check);
}

static int serve(const char *folder, const char *hello) {
    static struct { char key[64]; peer_item item; double known; } items[64];
    static peer_work *works[16];
    int count = 0, loaded = 0, i;
    char line[512], word[32], name[16];
    while (fgets(line, sizeof line, stdin)) {
        const char *given = strstr(line, "seconds=");
        peer_work *w = NULL;
        word[0] = name[0] = 0;
        sscanf(line, "%31s %15s", word, name);
        if (!strcmp(word, "hello")) printf("%s\n", hello);
        else if (name[0] != 'W') printf("{\"absent\":\"%s is not measured here\"}\n", word);
        else {
            for (i = 0; i < loaded; i++)
                if (!strcmp(works[i]->name, name)) w = works[i];
            if (!w) w = works[loaded++] = peer_load(folder, name);
            if (!strcmp(word, "check")) {
                float outputs[PEER_CHECKED], stream = 0;
                check_work(w, outputs, &stream);
                printf("{\"outputs\":[%.9g,%.9g,%.9g,%.9g],\"stream\":%.9g}\n", (double)outputs[0], (double)outputs[1],
                       (double)outputs[2], (double)outputs[3], (double)stream);
            } else {
                char key[64];
                snprintf(key, sizeof key, "%s %s", word, name);
                for (i = 0; i < count && strcmp(items[i].key, key); i++) { }
                if (i == count && count < 64) {
                    strcpy(items[count].key, key);
                    items[count++].item = make_item(word, w);
                }
                if (i < 64 && items[i].item.call) peer_timed(&items[i].item, given ? atof(given + 8) : 0.2, &items[i].known);
                else printf("{\"absent\":\"%s is not measured here\"}\n", word);
            }
        }
        fflush(stdout);
    }
    return 0;
}
#endif
