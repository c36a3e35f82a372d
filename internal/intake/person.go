package intake

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"laurel/internal/delimited"
)

// Words in the head of a column that names the learner, as plain writes them.
var (
	nameWords  = []string{"name", "full name", "learner", "student", "applicant", "姓名"}
	emailWords = []string{"email", "e mail", "mail", "email address", "recipient", "recipient email", "learner email", "student email", "applicant email", "邮箱", "电子邮箱"}
	// mailParts are in the heads of other columns that may be of the learners' addresses.
	mailParts = []string{"mail", "邮箱", "邮件"}
)

const maxPerson = 320 // runes of an address or a name

// whom says in which columns a table names the learners. A table is a list of links and
// nothing else, or says in a column that is known whose each one is: whom it names in any
// other way is not guessed, and each row stays open.
type whom struct {
	name, email int  // columns, or -1
	anybody     bool // what stands in the column of addresses may be another thing too
	guessed     bool // the text's encoding is not known, so letters may be wrong
	open        bool // there is more than links, and no column that is known
}

// find decides on the columns. One of addresses is known by its word, else by a part of
// its head, else by the first address in it, wherever that stands.
func (p *whom) find(s *survey, links []linkColumn) error {
	p.name, p.email = -1, -1
	var names, worded, partly, found []int
	for n := range delimited.MaxCells {
		filled := s.others[n]+s.links[n] > 0
		head := plain(at(s.head, n))
		switch {
		case !filled:
		case slices.Contains(nameWords, head):
			names = append(names, n)
		case slices.Contains(emailWords, head):
			worded = append(worded, n)
		case s.addresses[n] == 0:
		case hasMailPart(head):
			partly = append(partly, n)
		default:
			found = append(found, n)
		}
	}
	for _, columns := range [][]int{worded, partly, found} {
		if len(columns) > 1 {
			return twice(columns)
		}
		if len(columns) == 1 && p.email < 0 {
			p.email = columns[0]
			p.anybody = plain(at(s.head, p.email)) == "recipient"
		}
	}
	switch {
	case len(names) > 1:
		return twice(names)
	case len(names) == 1:
		p.name = names[0]
	}
	if p.name >= 0 && p.email >= 0 && s.addresses[p.name] > 0 {
		return twice([]int{p.name, p.email})
	}
	p.open = p.name < 0 && p.email < 0 && s.more(links)
	return nil
}

func twice(columns []int) error {
	return unclear(ErrTable, "columns %d and %d may both say who the learner is; keep one of them, and write \"email\" or \"name\" above it", columns[0]+1, columns[1]+1)
}

// more tells whether there is anything besides links: titles, other columns, other words.
func (s *survey) more(links []linkColumn) bool {
	if s.titles {
		return true
	}
	for n := range delimited.MaxCells {
		isLink := slices.ContainsFunc(links, func(c linkColumn) bool { return c.index == n && !c.notes })
		if !isLink && (s.others[n]+s.links[n] > 0 || strings.TrimSpace(at(s.head, n)) != "") {
			return true
		}
	}
	return false
}

func isPersonWord(head string) bool {
	return slices.Contains(nameWords, head) || slices.Contains(emailWords, head)
}

func hasMailPart(head string) bool {
	return len(head) <= maxHead && !strings.Contains(head, "@") &&
		slices.ContainsFunc(mailParts, func(part string) bool { return strings.Contains(head, part) })
}

// of is the person whom a row names, and why it is not clear who that is.
func (p *whom) of(cells []string) (name, email string, err error) {
	if p.open {
		return "", "", errors.New("the table holds more than links, and no column headed \"email\" or \"name\"; add one, or leave the links alone in it")
	}
	name, email = person(at(cells, p.name)), person(at(cells, p.email))
	given := cmp.Or(email, name)
	address, isAddress := addressOf(given)
	switch {
	case p.name < 0 && p.email < 0:
		return "", "", nil
	case given == "":
		return "", "", errors.New("the row names nobody, though the table does elsewhere")
	case utf8.RuneCountInString(given) > maxPerson:
		return name, email, errors.New("what names the person is too long")
	case p.guessed && strings.ContainsFunc(given, func(r rune) bool { return r >= utf8.RuneSelf }):
		return name, email, errors.New("how the table writes its letters cannot be told; save it as UTF-8")
	case isAddress:
		return name, address, nil
	case email != "" && !p.anybody, mentionsAddress(given):
		return name, email, errors.New("what stands there for an e-mail address is not one, or more than one")
	case !strings.ContainsFunc(given, unicode.IsLetter):
		return name, email, errors.New("what stands there for a name is none")
	}
	return name, email, nil
}

// person is a cell without the line ends and blanks that tables add.
func person(cell string) string { return strings.Join(strings.Fields(cell), " ") }

// addressOf reads an e-mail address, also with a name before it (RFC 5322 §3.4) or as a
// link. Of what mail programs would not write it makes none.
func addressOf(cell string) (string, bool) {
	if len(cell) > 4*maxPerson || !strings.Contains(cell, "@") {
		return "", false
	}
	cell = strings.TrimSpace(cell)
	if scheme := "mailto:"; len(cell) > len(scheme) && strings.EqualFold(cell[:len(scheme)], scheme) {
		cell, _, _ = strings.Cut(cell[len(scheme):], "?")
	}
	a, err := mail.ParseAddress(cell)
	if err != nil || strings.ContainsFunc(a.Address, unlikely) || strings.HasPrefix(a.Address, "'") || strings.HasSuffix(a.Address, "'") {
		return "", false
	}
	again, err := mail.ParseAddress(a.Address)
	return a.Address, err == nil && again.Address == a.Address
}

// unlikely are characters that stand beside an address more often than in it, and those of
// domains that badges write in another way (RFC 5890).
func unlikely(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune(" \"?=;,:/()<>[]", r) }

// mentionsAddress tells whether an e-mail address may be anywhere in a cell.
func mentionsAddress(cell string) bool {
	return strings.ContainsAny(cell, "@＠")
}

var hyphens = strings.NewReplacer("-", " ", "_", " ")

// plain is a cell of the head as the words for columns are written; a long one is no word.
func plain(cell string) string {
	if len(cell) > maxPerson {
		return ""
	}
	cell = printed(strings.Join(strings.Fields(hyphens.Replace(strings.ToLower(norm.NFKC.String(cell)))), " "))
	return strings.Trim(cell, ":*. ")
}

// fault is an error of a category that says all in words of its own.
type fault struct {
	category error
	words    string
}

func unclear(category error, format string, details ...any) error {
	return fault{category, fmt.Sprintf(format, details...)}
}

func (f fault) Error() string { return f.words }
func (f fault) Unwrap() error { return f.category }
