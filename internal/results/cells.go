package results

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"laurel/internal/badge"
	"laurel/issuer"
)

// Bounds of cells, in bytes of UTF-8.
const (
	maxShort     = 200
	maxAddress   = 2000
	maxNarrative = 16 << 10
)

// trimmed takes white space of every kind off both ends, no-break and ideographic blanks
// included, and the apostrophe with which a spreadsheet marks what it is not to compute.
func trimmed(cell string) string {
	cell = strings.TrimSpace(cell)
	if rest, ok := strings.CutPrefix(cell, "'"); ok && looksComputed(rest) {
		cell = strings.TrimSpace(rest)
	}
	return cell
}

var rounded = form(`^[0-9]([.,][0-9]+)?[Ee]\+?[0-9]+$`)

func readKey(r *issuer.Result, cell string) error {
	r.Key = trimmed(cell)
	switch {
	case r.Key == "":
		return errors.New("the assessment's key is missing")
	case !issuer.IsKey(r.Key):
		return fmt.Errorf("the key %.40q is not 1 to 200 printable ASCII characters", r.Key)
	case rounded().MatchString(r.Key):
		return fmt.Errorf("the key %s is a number that a spreadsheet has rounded; make the column text and export again", r.Key)
	}
	return nil
}

func readEmail(r *issuer.Result, cell string) error {
	r.Email = trimmed(cell)
	switch {
	case r.Email == "":
		return errors.New("the e-mail address is missing")
	case strings.ContainsFunc(r.Email, func(c rune) bool { return c > unicode.MaxASCII }):
		return fmt.Errorf("the address %.60q has characters beyond ASCII, which not every wallet can match; write its domain in the xn-- form or ask for another address", r.Email)
	case strings.Count(r.Email, "@") > 1 || strings.ContainsAny(r.Email, ",;"):
		return fmt.Errorf("%.60q is more than one address", r.Email)
	case strings.ContainsAny(r.Email, "<>()\" \t\r\n"):
		return fmt.Errorf("%.60q is more than an address; give the part with the @ only", r.Email)
	}
	if a, err := mail.ParseAddress(r.Email); err != nil || a.Address != r.Email || len(r.Email) > 254 {
		return fmt.Errorf("%.60q is not an e-mail address", r.Email)
	}
	return nil
}

func readName(r *issuer.Result, cell string) error {
	r.Name = trimmed(cell)
	return checkText(r.Name, maxShort, false)
}

func shortText(of func(*issuer.Result) *string) func(*issuer.Result, string) error {
	return func(r *issuer.Result, cell string) error {
		text := trimmed(cell)
		*of(r) = text
		return checkText(text, maxShort, false)
	}
}

func readNarrative(r *issuer.Result, cell string) error {
	r.Narrative = strings.ReplaceAll(strings.ReplaceAll(trimmed(cell), "\r\n", "\n"), "\r", "\n")
	return checkText(r.Narrative, maxNarrative, true)
}

func readValue(key string) func(*issuer.Result, string) error {
	return func(r *issuer.Result, cell string) error {
		value := trimmed(cell)
		if value == "" {
			return nil
		}
		if r.Values == nil {
			r.Values = map[string]string{}
		}
		r.Values[key] = value
		return checkText(value, maxShort, false)
	}
}

// checkText admits what a reader can see, blanks, and the two joiners that several
// scripts need; in text of several lines also line ends, tabs, soft hyphens and the two
// marks of direction. Overrides of direction, control characters, and what a conversion
// has lost are thus refused.
func checkText(text string, limit int, lines bool) error {
	if len(text) > limit {
		return fmt.Errorf("the text is longer than %d bytes", limit)
	}
	for _, c := range text {
		switch {
		case c == utf8.RuneError:
			return errors.New("a character was lost in a conversion (U+FFFD); export the file again")
		case unicode.IsGraphic(c) || c >= 0x20000 && c <= 0x3fffd: // ideographs newer than the tables included
		case c == '\u200c' || c == '\u200d':
		case lines && strings.ContainsRune("\n\t\u00ad\u200e\u200f", c):
		case c == '\n' || c == '\r':
			return errors.New("a line end in a cell that may hold one line only")
		default:
			return fmt.Errorf("the character %U cannot be seen and may mislead a reader; take it out", c)
		}
	}
	return nil
}

func readShowName(r *issuer.Result, cell string) error {
	switch text := strings.ToLower(trimmed(cell)); text {
	case "", "no", "n", "false", "0", "否":
		r.ShowName = false
	case "yes", "y", "true", "1", "是":
		r.ShowName = true
	default:
		return fmt.Errorf("%.40q is neither yes nor no", text)
	}
	return nil
}

func readEvidence(r *issuer.Result, cell string) error {
	text := trimmed(cell)
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(text) > maxAddress {
		return fmt.Errorf("%.60q is not a web address such as https://college.example/evidence/1", text)
	}
	if strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= unicode.MaxASCII }) {
		return fmt.Errorf("%.60q has characters that an address cannot have; percent-encode them", text)
	}
	r.Evidence = []badge.Evidence{{ID: text}}
	return nil
}

var number = form(`^([0-9]{1,5})(?:[.,]([0-9]{1,4}))?$`)

// readCredits takes a point or a comma as the decimal sign. Three decimals could as well
// be thousands, so they are refused.
func readCredits(r *issuer.Result, cell string) error {
	text := trimmed(cell)
	if text == "" {
		return nil
	}
	m := number().FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%.40q is not a number such as 2.5", text)
	}
	if len(m[2]) == 3 {
		return fmt.Errorf("%.40q can be read as thousands or as a fraction; write it like 1500 or 1.5", text)
	}
	var err error
	r.CreditsEarned, err = strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
	return err
}
