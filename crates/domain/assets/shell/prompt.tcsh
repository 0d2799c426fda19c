# Where this shell is, for a prompt. What names hold is shown and never run.
if ( "`alias genkan_prompt`" == '' ) alias genkan_prompt '\genkan prompt'
