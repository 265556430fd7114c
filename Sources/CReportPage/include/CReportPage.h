// The parts of the page that reports are written as: HTML, CSS and JavaScript, compiled into the
// program. They are the files beside these sources.
//
// All memory here is read-only and lives as long as the process.

#ifndef C_REPORT_PAGE_H
#define C_REPORT_PAGE_H

#include <stddef.h>

/// The body of the page in UTF-8, with marks of the form {{NAME}} where other parts belong.
const unsigned char *report_page_template_bytes(void);
size_t report_page_template_size(void);

const unsigned char *report_page_style_bytes(void);
size_t report_page_style_size(void);

/// All scripts, one after the other, in strict mode.
const unsigned char *report_page_script_bytes(void);
size_t report_page_script_size(void);

#endif
