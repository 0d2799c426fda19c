# A `genkan_prompt` of the user's stays.
use str
if (str:has-prefix (resolve genkan_prompt) '(external') {
    edit:add-var genkan_prompt~ $__genkan_prompt~
}
