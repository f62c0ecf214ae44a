/* kann.c: KANN as a worker of bench/run.py; `make bench KANN=path` builds it with its sources. It has neither Adam nor Huber: RMSprop and
   the mean square error stand in, so its training is compared in time alone. */
#include "peer.h"
#include "kann.h"

/* kann_layer_lstm with our weights: eight small matrices, one product each, as that function makes them. */
static kad_node_t *matrix(const float *values, int inputs, int hidden, int gate) {
    kad_node_t *node = kann_new_weight(hidden, inputs);
    int h, i;
    for (h = 0; h < hidden; h++)
        for (i = 0; i < inputs; i++) node->x[h * inputs + i] = values[i * 4 * hidden + gate * hidden + h];
    return node;
}
static kad_node_t *state(int hidden) {
    kad_node_t *node = kad_const(0, 2, 1, hidden);
    node->x = (float *)calloc((size_t)hidden, sizeof(float));
    return node;
}
static kad_node_t *gate(kad_node_t *in, kad_node_t *h0, const peer_layer *l, int index) {
    kad_node_t *bias = kann_new_bias(l->size);
    memcpy(bias->x, l->bias + index * l->size, (size_t)l->size * sizeof(float));
    return kad_add(kad_add(kad_cmul(in, matrix(l->kernel, l->inputs, l->size, index)),
                           kad_cmul(h0, matrix(l->recurrent, l->size, l->size, index))), bias);
}
static kad_node_t *lstm(kad_node_t *in, const peer_layer *l) {
    kad_node_t *h0 = state(l->size), *c0 = state(l->size), *c, *out;
    kad_node_t *i = kad_sigm(gate(in, h0, l, 0)), *f = kad_sigm(gate(in, h0, l, 1));
    kad_node_t *g = kad_tanh(gate(in, h0, l, 2)), *o = kad_sigm(gate(in, h0, l, 3));
    c = kad_add(kad_mul(f, c0), kad_mul(g, i));
    c->pre = c0;
    out = kad_mul(kad_tanh(c), o);
    out->pre = h0;
    return out;
}
static kad_node_t *dense(kad_node_t *in, const peer_layer *l) {
    kad_node_t *weight = kann_new_weight(l->size, l->inputs), *bias = kann_new_bias(l->size), *out;
    int o, i;
    for (o = 0; o < l->size; o++)
        for (i = 0; i < l->inputs; i++) weight->x[o * l->inputs + i] = l->kernel[i * l->size + o];
    memcpy(bias->x, l->bias, (size_t)l->size * sizeof(float));
    out = kad_add(kad_cmul(in, weight), bias);
    if (!strcmp(l->activation, "relu")) out = kad_relu(out);
    if (!strcmp(l->activation, "sigmoid")) out = kad_sigm(out);
    if (!strcmp(l->activation, "swish")) out = kad_mul(out, kad_sigm(out));
    return out;
}

typedef struct network {
    const peer_work *w;
    kann_t *rolled, *unrolled;
    int batch, output, variables, next;
    float **feeds, *windows, *targets, *square;
} network;

/* windows [T][batch][I] are fed step by step */
static void feed(network *n, const int64_t *first) {
    peer_windows(n->w, first, n->batch, n->windows);
}

static network *network_of(const peer_work *w, int batch) {
    network *n = (network *)calloc(1, sizeof *n);
    kad_node_t *x = kann_layer_input(w->inputs), *truth, *cost;
    int k, t, bce = !strcmp(w->layer[w->layers - 1].activation, "sigmoid");
    n->w = w;
    n->batch = batch;
    for (k = 0; k < w->layers && w->layer[k].lstm; k++) x = lstm(x, &w->layer[k]);
    x = kad_select(1, &x, -1);                          /* the last step */
    for (; k < w->layers; k++) x = dense(x, &w->layer[k]);
    truth = kad_feed(2, 1, 1);
    truth->ext_flag |= KANN_F_TRUTH;
    cost = bce ? kad_ce_bin(x, truth) : kad_mse(x, truth);
    x->ext_flag |= KANN_F_OUT;
    cost->ext_flag |= KANN_F_COST;
    n->rolled = kann_new(cost, 0);
    if (batch) {
        n->unrolled = kann_unroll(n->rolled, w->window);
        kann_set_batch_size(n->unrolled, batch);
        n->variables = kann_size_var(n->unrolled);
        n->square = (float *)calloc((size_t)n->variables, sizeof(float));
        n->windows = (float *)calloc((size_t)w->window * (size_t)batch * (size_t)w->inputs, sizeof(float));
        n->targets = (float *)calloc((size_t)batch, sizeof(float));
        n->feeds = (float **)calloc((size_t)w->window, sizeof(float *));
        for (t = 0; t < w->window; t++) n->feeds[t] = n->windows + (size_t)t * (size_t)batch * (size_t)w->inputs;
        kann_feed_bind(n->unrolled, KANN_F_IN, 0, n->feeds);
        kann_feed_bind(n->unrolled, KANN_F_TRUTH, 0, &n->targets);
        n->output = kann_find(n->unrolled, KANN_F_OUT, 0);
    } else kann_rnn_start(n->rolled);
    return n;
}

static double call_infer(void *object, double *check) {
    network *n = (network *)object;
    kann_eval_out(n->unrolled);
    *check = (double)n->unrolled->v[n->output]->x[0];
    return n->batch;
}
static double call_train(void *object, double *check) {
    network *n = (network *)object;
    const int64_t *first = n->w->first + n->next * n->batch;
    int i;
    feed(n, first);
    for (i = 0; i < n->batch; i++) n->targets[i] = n->w->targets[first[i]];
    *check = (double)kann_cost(n->unrolled, 0, 1);
    kann_RMSprop(n->variables, 1e-3f, 0, 0.9f, n->unrolled->g, n->unrolled->x, n->square);
    n->next = (n->next + 1) % n->w->sets;
    return n->batch;
}
static double call_stream(void *object, double *check) {
    network *n = (network *)object;
    *check = (double)kann_apply1(n->rolled, n->w->matrix + (size_t)n->next * (size_t)n->w->inputs)[0];
    n->next = (n->next + 1) % n->w->rows;
    return 1;
}

static peer_item make_item(const char *item, const peer_work *w) {
    peer_item made = { NULL, NULL };
    if (!strcmp(item, "train")) { made.call = call_train; made.object = network_of(w, w->batch); }
    if (!strcmp(item, "stream")) { made.call = call_stream; made.object = network_of(w, 0); }
    if (!strcmp(item, "latency") || !strcmp(item, "batch")) {
        network *n = network_of(w, !strcmp(item, "batch") ? PEER_LARGE : 1);
        feed(n, w->first);
        kann_switch(n->unrolled, 0);
        made.call = call_infer;
        made.object = n;
    }
    return made;
}

static void check_work(const peer_work *w, float outputs[PEER_CHECKED], float *stream) {
    network *n = network_of(w, PEER_CHECKED), *one = network_of(w, 0);
    int t;
    feed(n, w->first);
    kann_switch(n->unrolled, 0);
    kann_eval_out(n->unrolled);
    memcpy(outputs, n->unrolled->v[n->output]->x, PEER_CHECKED * sizeof(float));
    for (t = 0; t < w->window; t++) *stream = kann_apply1(one->rolled, w->matrix + (size_t)(w->first[0] + t) * (size_t)w->inputs)[0];
}

int main(int argc, char **argv) {
    return serve(argc > 1 ? argv[1] : "build/bench/data", "{\"name\":\"KANN\",\"version\":\"" KANN_VERSION "\",\"isa\":\"of its compiler, -march=native\"}");
}
