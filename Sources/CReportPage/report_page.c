#include "CReportPage.h"

// Accessors, because Swift cannot import an array whose size stands nowhere in a header.

static const unsigned char page_template[] = {
#embed "page.html"
};

const unsigned char *report_page_template_bytes(void) { return page_template; }

size_t report_page_template_size(void) { return sizeof page_template; }

static const unsigned char page_style[] = {
#embed "page.css"
};

const unsigned char *report_page_style_bytes(void) { return page_style; }

size_t report_page_style_size(void) { return sizeof page_style; }

// Each file ends with a line break. The scripts need this order.
static const unsigned char page_script[] = {
#embed "data.js"
    ,
#embed "thumbnails.js"
    ,
#embed "photos.js"
    ,
#embed "dialogs.js"
    ,
#embed "evaluation.js"
    ,
#embed "main.js"
};

const unsigned char *report_page_script_bytes(void) { return page_script; }

size_t report_page_script_size(void) { return sizeof page_script; }
