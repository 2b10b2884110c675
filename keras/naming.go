package keras

import (
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// snakeCase turns a class name into the name that Keras 3 gives its weights
// (keras/src/utils/naming.py, to_snake_case): LSTM is lstm, Conv2DTranspose
// conv2d_transpose, PReLU p_re_lu.
func snakeCase(class string) string {
	var word []rune
	for _, r := range class {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			word = append(word, r)
		}
	}
	isWord := func(r rune) bool { return r != '\n' }
	upper := func(i int) bool { return i < len(word) && word[i] >= 'A' && word[i] <= 'Z' }
	lower := func(i int) bool { return i < len(word) && word[i] >= 'a' && word[i] <= 'z' }
	// re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name): matches do not overlap.
	var first []rune
	for i := 0; i < len(word); {
		if isWord(word[i]) && upper(i+1) && lower(i+2) {
			first = append(first, word[i], '_', word[i+1])
			i += 2
			for lower(i) {
				first = append(first, word[i])
				i++
			}
			continue
		}
		first = append(first, word[i])
		i++
	}
	// re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
	var out strings.Builder
	for i, r := range first {
		if i > 0 && r >= 'A' && r <= 'Z' && first[i-1] >= 'a' && first[i-1] <= 'z' {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// countName numbers names within one container: dense, dense_1, dense_2
// (keras/src/saving/saving_lib.py, _save_container_state).
func countName(counted map[string]int, name string) string {
	n := counted[name]
	counted[name] = n + 1
	if n == 0 {
		return name
	}
	return name + "_" + strconv.Itoa(n)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
