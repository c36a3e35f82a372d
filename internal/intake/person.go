package intake

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
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

// whom says in which columns a table names the learners. Whom it names is compared, or the
// table or row is refused, but never passed over.
type whom struct {
	name, email int  // columns, or -1
	worded      bool // the column of addresses is known by its word: what stands there is meant
	guessed     bool // the text's encoding is not known, so letters may be wrong
}

// find decides on the columns. One of addresses is known by its word, else by a part of
// its head, else by the first address in it, wherever that stands.
func (p *whom) find(s *survey, links []linkColumn) error {
	filled := func(n int) bool { return s.others[n] > 0 }
	p.name, p.email = -1, -1
	for n, cell := range s.head {
		if p.name < 0 && slices.Contains(nameWords, plain(cell)) && filled(n) {
			p.name = n
		}
	}
	isLink := func(n int) bool {
		return slices.ContainsFunc(links, func(c linkColumn) bool { return c.index == n })
	}
	worded, partly, found := []int{}, []int{}, []int{}
	for n := range delimited.MaxCells {
		head := plain(at(s.head, n))
		switch {
		case !filled(n) || isLink(n):
		case slices.Contains(emailWords, head):
			worded = append(worded, n)
		case s.addresses[n] == 0 || n == p.name:
		case slices.ContainsFunc(mailParts, func(part string) bool { return strings.Contains(head, part) }):
			partly = append(partly, n)
		default:
			found = append(found, n)
		}
	}
	if with := slices.DeleteFunc(slices.Clone(worded), func(n int) bool { return s.addresses[n] == 0 }); len(with) > 0 {
		worded = with
	}
	for _, columns := range [][]int{worded, partly, found} {
		switch {
		case len(columns) > 1:
			return unclear(ErrTable, "columns %d and %d both have e-mail addresses; keep that of the learners, and write \"email\" above it", columns[0]+1, columns[1]+1)
		case len(columns) == 1:
			p.email, p.worded = columns[0], len(worded) == 1
			return nil
		}
	}
	return nil
}

// of is the person whom a row names, and why it is not clear who that is.
func (p *whom) of(cells []string) (name, email string, err error) {
	name, email = person(at(cells, p.name)), person(at(cells, p.email))
	given := email
	if given == "" {
		given = name
	}
	address, isAddress := addressOf(email)
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
		email = address
	case email != "" && !p.worded:
		return name, email, errors.New("what stands in the column of e-mail addresses is none; mend it, or write \"email\" above the column that is meant")
	}
	return name, email, nil
}

// person is a cell without the line ends and blanks that tables add.
func person(cell string) string { return printed(strings.Join(strings.Fields(cell), " ")) }

// addressOf reads an e-mail address, also with a name before it (RFC 5322 §3.4) or as a link.
func addressOf(cell string) (string, bool) {
	if !strings.Contains(cell, "@") {
		return "", false
	}
	cell = strings.TrimSpace(cell)
	if scheme := "mailto:"; len(cell) > len(scheme) && strings.EqualFold(cell[:len(scheme)], scheme) {
		cell = cell[len(scheme):]
	}
	a, err := mail.ParseAddress(cell)
	if err != nil {
		return "", false
	}
	return a.Address, true
}

// mentionsAddress tells whether an e-mail address is anywhere in a cell.
func mentionsAddress(cell string) bool {
	if !strings.Contains(cell, "@") {
		return false
	}
	if _, ok := addressOf(cell); ok {
		return true
	}
	words := strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;/|()<>[]\"", r) })
	return slices.ContainsFunc(words, func(word string) bool { _, ok := addressOf(word); return ok })
}

var hyphens = strings.NewReplacer("-", " ", "_", " ")

// plain is a cell of the head as the words for columns are written.
func plain(cell string) string {
	return strings.Join(strings.Fields(hyphens.Replace(strings.ToLower(norm.NFKC.String(cell[:min(len(cell), 200)])))), " ")
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
