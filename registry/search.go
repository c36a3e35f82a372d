package registry

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns a name as it is searched and compared: without case, accents and punctuation,
// with single blanks. Letters that have no accent but differ, such as ø and ł, become what
// people type for them.
func Fold(name string) string {
	var out strings.Builder
	blank := false
	for _, r := range norm.NFKD.String(cases.Fold().String(name)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if blank && out.Len() > 0 {
				out.WriteByte(' ')
			}
			blank = false
			if plain, ok := plainLetters[r]; ok {
				out.WriteString(plain)
			} else {
				out.WriteRune(r)
			}
		default:
			blank = true
		}
	}
	return out.String()
}

var plainLetters = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ŋ': "n", 'ə': "e",
}
