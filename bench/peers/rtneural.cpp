// rtneural.cpp: RTNeural as a worker of bench/run.py: sizes fixed at compile time, one window at a time. `make bench RTNEURAL=path` builds it
// with the Eigen that stands beside its sources. The dense head is computed for the check alone and not timed.
#define RTNEURAL_DEFAULT_ALIGNMENT 32
#define EIGEN_STACK_ALLOCATION_LIMIT 0      // its layers hold their weights in themselves; they live on the heap here
#include "peer.h"
#include <RTNeural/RTNeural.h>
#include <vector>

struct network {
    virtual ~network() { }
    virtual void reset() = 0;
    virtual const float *step(const float *row) = 0;
};

template <typename Model> struct fixed : network {
    Model model;
    template <int K> void fill(const peer_layer &l)
    {
        auto rows = [](const float *values, int count, int columns) {
            std::vector<std::vector<float>> out;
            for (int r = 0; r < count; r++) out.emplace_back(values + r * columns, values + (r + 1) * columns);
            return out;
        };
        auto &layer = model.template get<K>();          // its gates stand i,f,g,o too
        layer.setWVals(rows(l.kernel, l.inputs, 4 * l.size));
        layer.setUVals(rows(l.recurrent, l.size, 4 * l.size));
        layer.setBVals(std::vector<float>(l.bias, l.bias + 4 * l.size));
    }
    void reset() override { model.reset(); }
    const float *step(const float *row) override
    {
        model.forward(row);
        return model.getOutputs();
    }
};

template <int I, int H> using lstm = RTNeural::LSTMLayerT<float, I, H>;
using network_1 = fixed<RTNeural::ModelT<float, 1, 32, lstm<1, 32>>>;
using network_2 = fixed<RTNeural::ModelT<float, 108, 64, lstm<108, 64>, lstm<64, 64>>>;
using network_3 = fixed<RTNeural::ModelT<float, 30, 64, lstm<30, 128>, lstm<128, 64>>>;
using network_4 = fixed<RTNeural::ModelT<float, 20, 64, lstm<20, 256>, lstm<256, 128>, lstm<128, 64>>>;

static network *network_of(const peer_work *w) {
    const peer_layer *l = w->layer;
    if (!strcmp(w->name, "W1")) { auto n = new network_1; n->fill<0>(l[0]); n->reset(); return n; }
    if (!strcmp(w->name, "W2")) { auto n = new network_2; n->fill<0>(l[0]); n->fill<1>(l[1]); n->reset(); return n; }
    if (!strcmp(w->name, "W3")) { auto n = new network_3; n->fill<0>(l[0]); n->fill<1>(l[1]); n->reset(); return n; }
    if (!strcmp(w->name, "W4")) { auto n = new network_4; n->fill<0>(l[0]); n->fill<1>(l[1]); n->fill<2>(l[2]); n->reset(); return n; }
    return NULL;
}

// It takes rows that are aligned, so they are copied into such places once.
struct run {
    network *n;
    const peer_work *w;
    size_t stride, next = 0;
    float *rows;
    explicit run(const peer_work *work) : n(network_of(work)), w(work), stride(((size_t)work->inputs + 15) / 16 * 16)
    {
        rows = (float *)aligned_alloc(64, (size_t)w->rows * stride * sizeof(float));
        for (size_t i = 0; i < (size_t)w->rows; i++) memcpy(rows + i * stride, w->matrix + i * (size_t)w->inputs, (size_t)w->inputs * sizeof(float));
    }
    const float *step(size_t row) { return n->step(rows + row * stride); }
};
static double call_stream(void *object, double *check) {
    run *r = (run *)object;
    *check = r->step(r->next)[0];
    r->next = (r->next + 1) % (size_t)r->w->rows;
    return 1;
}
static double call_window(void *object, double *check) {
    run *r = (run *)object;
    r->n->reset();
    for (int t = 0; t < r->w->window; t++) *check = r->step((size_t)(r->w->first[0] + t))[0];
    return 1;
}

static peer_item make_item(const char *item, const peer_work *w) {
    peer_item made = {NULL, NULL};
    if (!strcmp(item, "stream")) made.call = call_stream;
    if (!strcmp(item, "latency")) made.call = call_window;
    if (made.call) made.object = new run(w);
    return made;
}

static void check_work(const peer_work *w, float outputs[PEER_CHECKED], float *stream) {
    run r(w);
    for (int b = 0; b < PEER_CHECKED; b++) {
        const float *h = NULL;
        r.n->reset();
        for (int t = 0; t < w->window; t++) h = r.step((size_t)(w->first[b] + t));
        outputs[b] = peer_head(w, h);
    }
    *stream = outputs[0];
}

int main(int argc, char **argv) {
    return serve(argc > 1 ? argv[1] : "build/bench/data", "{\"name\":\"RTNeural\",\"version\":\"\",\"isa\":\"of its compiler, -march=native\"}");
}
