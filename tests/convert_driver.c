/* For convert_compare.py: loads the model files that are named and tells, for each, whether the library saves the same bytes: "same",
   "differs", or what it says against the file. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"

int main(int argc, char **argv) {
    int i;
    for (i = 1; i < argc; i++) {
        lstmfc_error err = {0};
        size_t length = 0;
        char *text = lstmfc_file_read(argv[i], &length, NULL, &err);
        lstmfc_writer w;
        lstmfc_writer_init(&w, NULL);
        if (text && lstmfc_file_kind(text, length, NULL, &err) == LSTMFC_FILE_NETWORK) {
            lstmfc_model *model = lstmfc_model_load_memory(text, length, NULL, &err);
            if (model) lstmfc_model_save_memory(model, 0, &w, &err);
            lstmfc_model_free(model);
        } else if (text) {
            lstmfc_forecaster *forecaster = lstmfc_forecaster_load_memory(text, length, NULL, &err);
            if (forecaster) lstmfc_forecaster_save_memory(forecaster, &w, &err);
            lstmfc_forecaster_free(forecaster);
        }
        if (err.code) printf("%s\n", err.message);
        else puts(w.length == length && !memcmp(w.text, text, length) ? "same" : "differs");
        lstmfc_writer_free(&w);
        lstmfc_file_release(text, length, NULL);
    }
    return 0;
}
