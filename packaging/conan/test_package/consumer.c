/* Is the installed lstmfc one that works? A model is made and asked. LSTMFC_IMPLEMENTATION comes from the build, if at all. */
#include "lstmfc.h"
#include <stdio.h>

int main(void) {
    lstmfc_error err = {0};
    lstmfc_model_desc desc = {0};
    lstmfc_model *model;
    desc.spec = "lstm 4 | dense 1";
    desc.inputs = 3;
    desc.window = 5;
    model = lstmfc_model_create(&desc, &err);
    if (!model || lstmfc_version() != LSTMFC_VERSION_HEX) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("lstmfc %s, %d parameters\n", LSTMFC_VERSION_TEXT, (int)lstmfc_model_parameters(model, NULL));
    lstmfc_model_free(model);
    return 0;
}
