// dnnl.cpp: oneDNN as a worker of bench/run.py, one LSTM primitive per layer, weights in the format it likes best. Inference and streaming
// are forward alone, with weights packed once; training is forward and backward, with the weights and their gradients converted in every
// iteration as any trainer must, but without head, loss and optimiser: less work than ours does.
#include "peer.h"
#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

using namespace dnnl;
using dims = memory::dims;
using tag = memory::format_tag;
static engine cpu(engine::kind::cpu, 0);
static stream queue(cpu);

static memory::desc shape(const dims &d, tag t) { return memory::desc(d, memory::data_type::f32, t); }

static memory zeroed(const memory::desc &d) {
    memory m(d, cpu);
    memset(m.get_data_handle(), 0, d.get_size());
    return m;
}
static memory filled(const memory::desc &d, const float *values) {
    memory m(d, cpu);
    memcpy(m.get_data_handle(), values, d.get_size());
    return m;
}
// Runs the primitives that bring `from` into the layout of `to`, and keeps them for the next time.
struct convert {
    memory from, to;
    reorder run;
    convert(const memory &f, const memory &t) : from(f), to(t), run(f, t) { }
    void operator()() { run.execute(queue, from, to); }
};
using arguments = std::unordered_map<int, memory>;

struct layer {
    lstm_forward forward;
    lstm_backward backward;
    arguments ahead, back;
    std::vector<convert> pack, pack_back, unpack;
    std::vector<memory> cleared;
    memory out, dx, h, c;
};

struct network {
    const peer_work *w;
    bool training, carried;
    int steps, batch;
    memory x;
    std::vector<layer> layers;
    std::vector<std::vector<float>> sets;
    size_t next = 0;

    network(const peer_work *work, int T, int B, bool train, bool carry) : w(work), training(train), carried(carry), steps(T), batch(B)
    {
        const auto kind = training ? prop_kind::forward_training : prop_kind::forward_inference;
        const auto way = rnn_direction::unidirectional_left2right;
        memory in = x = zeroed(shape({T, B, w->inputs}, tag::tnc));
        for (int k = 0; k < w->layers && w->layer[k].lstm; k++) {
            const peer_layer &p = w->layer[k];
            const int I = p.inputs, H = p.size;
            const auto src = shape({T, B, I}, tag::tnc), dst = shape({T, B, H}, tag::tnc), state = shape({1, 1, B, H}, tag::ldnc);
            const auto none = memory::desc();
            const auto wl = shape({1, 1, I, 4, H}, tag::any), wr = shape({1, 1, H, 4, H}, tag::any), b = shape({1, 1, 4, H}, tag::ldgo);
            const auto from = carried ? state : none;
            layer l;
            lstm_forward::primitive_desc fpd(lstm_forward::desc(kind, way, src, from, from, wl, wr, b, dst, state, state), cpu);
            memory kernel = filled(shape({1, 1, I, 4, H}, tag::ldigo), p.kernel);
            memory recurrent = filled(shape({1, 1, H, 4, H}, tag::ldigo), p.recurrent);
            memory bias = filled(b, p.bias);
            memory kernel_f(fpd.weights_layer_desc(), cpu), recurrent_f(fpd.weights_iter_desc(), cpu);
            l.pack.emplace_back(kernel, kernel_f);
            l.pack.emplace_back(recurrent, recurrent_f);
            l.out = zeroed(dst);
            l.h = zeroed(state);
            l.c = zeroed(state);
            l.forward = lstm_forward(fpd);
            l.ahead = {{DNNL_ARG_SRC_LAYER, in}, {DNNL_ARG_WEIGHTS_LAYER, kernel_f}, {DNNL_ARG_WEIGHTS_ITER, recurrent_f},
                       {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST_LAYER, l.out}, {DNNL_ARG_DST_ITER, l.h}, {DNNL_ARG_DST_ITER_C, l.c}};
            if (carried) {                      // the state is read and written in place
                l.ahead[DNNL_ARG_SRC_ITER] = l.h;
                l.ahead[DNNL_ARG_SRC_ITER_C] = l.c;
            }
            if (training) {
                lstm_backward::primitive_desc bpd(lstm_backward::desc(prop_kind::backward, way, src, from, from, wl, wr, b, dst, state,
                    state, src, from, from, wl, wr, b, dst, state, state), cpu, fpd);
                memory workspace(fpd.workspace_desc(), cpu), kernel_b(bpd.weights_layer_desc(), cpu), recurrent_b(bpd.weights_iter_desc(), cpu);
                memory dkernel = zeroed(bpd.diff_weights_layer_desc()), drecurrent = zeroed(bpd.diff_weights_iter_desc()), dbias = zeroed(b);
                l.ahead[DNNL_ARG_WORKSPACE] = workspace;
                l.dx = zeroed(src);
                l.pack_back.emplace_back(kernel, kernel_b);
                l.pack_back.emplace_back(recurrent, recurrent_b);
                l.unpack.emplace_back(dkernel, memory(shape({1, 1, I, 4, H}, tag::ldigo), cpu));
                l.unpack.emplace_back(drecurrent, memory(shape({1, 1, H, 4, H}, tag::ldigo), cpu));
                l.cleared = {dkernel, drecurrent, dbias};       // gradients are added to
                l.backward = lstm_backward(bpd);
                l.back = l.ahead;
                l.back[DNNL_ARG_WEIGHTS_LAYER] = kernel_b;
                l.back[DNNL_ARG_WEIGHTS_ITER] = recurrent_b;
                l.back[DNNL_ARG_DIFF_SRC_LAYER] = l.dx;
                l.back[DNNL_ARG_DIFF_WEIGHTS_LAYER] = dkernel;
                l.back[DNNL_ARG_DIFF_WEIGHTS_ITER] = drecurrent;
                l.back[DNNL_ARG_DIFF_BIAS] = dbias;
                l.back[DNNL_ARG_DIFF_DST_ITER] = zeroed(state);
                l.back[DNNL_ARG_DIFF_DST_ITER_C] = zeroed(state);
            }
            in = l.out;
            layers.push_back(l);
        }
        if (training) {                         // the gradient of every layer's output is the dX of the next one
            memory top = zeroed(layers.back().out.get_desc());
            const size_t H = (size_t)w->layer[layers.size() - 1].size;
            float *last = (float *)top.get_data_handle() + (size_t)(T - 1) * (size_t)B * H;
            for (size_t i = 0; i < (size_t)B * H; i++) last[i] = 1e-3f;
            for (size_t k = layers.size(); k-- > 0; top = layers[k].dx) layers[k].back[DNNL_ARG_DIFF_DST_LAYER] = top;
        }
        for (layer &l : layers)
            for (convert &c : l.pack) c();
        queue.wait();
    }
    void load(const float *values) { memcpy(x.get_data_handle(), values, x.get_desc().get_size()); }
    const float *output() const                 // h of the last step, [B][H]
    {
        const layer &l = layers.back();
        return (const float *)l.h.get_data_handle();
    }
    void infer()
    {
        for (layer &l : layers) l.forward.execute(queue, l.ahead);
        queue.wait();
    }
    void train()
    {
        for (layer &l : layers) {
            for (convert &c : l.pack) c();
            l.forward.execute(queue, l.ahead);
        }
        for (size_t k = layers.size(); k-- > 0;) {
            layer &l = layers[k];
            for (memory &m : l.cleared) memset(m.get_data_handle(), 0, m.get_desc().get_size());
            for (convert &c : l.pack_back) c();
            l.backward.execute(queue, l.back);
            for (convert &c : l.unpack) c();
        }
        queue.wait();
    }
};

static double call_infer(void *object, double *check) {
    network *n = (network *)object;
    n->infer();
    *check = n->output()[0];
    return n->batch;
}
static double call_train(void *object, double *check) {
    network *n = (network *)object;
    n->load(n->sets[n->next].data());
    n->next = (n->next + 1) % n->sets.size();
    n->train();
    *check = *(float *)n->layers[0].cleared[0].get_data_handle();
    return n->batch;
}
static double call_stream(void *object, double *check) {
    network *n = (network *)object;
    n->load(n->w->matrix + n->next * (size_t)n->w->inputs);
    n->next = (n->next + 1) % (size_t)n->w->rows;
    n->infer();
    *check = n->output()[0];
    return 1;
}

static peer_item make_item(const char *item, const peer_work *w) {
    peer_item made = {NULL, NULL};
    const int count = !strcmp(item, "batch") ? PEER_LARGE : 1;
    if (!strcmp(item, "latency") || !strcmp(item, "batch")) {
        std::vector<float> windows((size_t)w->window * (size_t)count * (size_t)w->inputs);
        network *n = new network(w, w->window, count, false, false);
        peer_windows(w, w->first, count, windows.data());
        n->load(windows.data());
        made.call = call_infer;
        made.object = n;
    } else if (!strcmp(item, "stream")) {
        made.call = call_stream;
        made.object = new network(w, 1, 1, false, true);
    } else if (!strcmp(item, "train")) {
        network *n = new network(w, w->window, w->batch, true, false);
        n->sets.resize((size_t)w->sets, std::vector<float>((size_t)w->window * (size_t)w->batch * (size_t)w->inputs));
        for (int s = 0; s < w->sets; s++) peer_windows(w, w->first + s * w->batch, w->batch, n->sets[(size_t)s].data());
        made.call = call_train;
        made.object = n;
    }
    return made;
}

static void check_work(const peer_work *w, float outputs[PEER_CHECKED], float *stream) {
    std::vector<float> windows((size_t)w->window * PEER_CHECKED * (size_t)w->inputs);
    network all(w, w->window, PEER_CHECKED, false, false), one(w, 1, 1, false, true);
    size_t H = 0;
    for (int k = 0; k < w->layers && w->layer[k].lstm; k++) H = (size_t)w->layer[k].size;
    peer_windows(w, w->first, PEER_CHECKED, windows.data());
    all.load(windows.data());
    all.infer();
    for (size_t b = 0; b < PEER_CHECKED; b++) outputs[b] = peer_head(w, all.output() + b * H);
    for (int t = 0; t < w->window; t++) {
        one.load(w->matrix + ((size_t)w->first[0] + (size_t)t) * (size_t)w->inputs);
        one.infer();
    }
    *stream = peer_head(w, one.output());
}

int main(int argc, char **argv) {
    char hello[128];
    snprintf(hello, sizeof hello, "{\"name\":\"oneDNN\",\"version\":\"%d.%d.%d\",\"isa\":\"its own choice\"}", dnnl_version()->major,
             dnnl_version()->minor, dnnl_version()->patch);
    return serve(argc > 1 ? argv[1] : "build/bench/data", hello);
}
