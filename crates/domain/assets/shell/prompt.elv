# Where this shell is, for a prompt. What names hold is shown and never run. Outside of genkan no program is started.
fn __genkan_prompt {
    if (has-env GENKAN_ACCOUNT_NAME) { (external genkan) prompt }
}
