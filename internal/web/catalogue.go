package web

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// words are every sentence of the pages in one language, by key. A sentence may hold
// placeholders such as {name}.
type words map[string]string

//go:embed en.json
var english []byte

//go:embed zh.json
var chinese []byte

// tongue is one language of the pages.
type tongue struct {
	Code    string // in ?lang=
	HTML    string // of the lang attribute (BCP 47)
	Name    string // in the language itself
	words   func() words
	date    string // layouts of time.Format
	months  string
	regions *display.Dictionary // names of countries
}

// tongues are the languages of the pages; the first is the default.
var tongues = []*tongue{
	{Code: "en", HTML: "en", Name: "English", words: wordsOf(english), date: "2 January 2006", months: "January 2006", regions: display.English},
	{Code: "zh", HTML: "zh-Hans", Name: "中文", words: wordsOf(chinese), date: "2006年1月2日", months: "2006年1月", regions: display.SimplifiedChinese},
}

var matcher = sync.OnceValue(func() language.Matcher {
	return language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese})
})

// wordsOf reads an embedded catalogue when it is first asked for.
func wordsOf(raw []byte) func() words {
	return sync.OnceValue(func() (w words) {
		if err := json.Unmarshal(raw, &w); err != nil {
			panic("web: embedded catalogue: " + err.Error())
		}
		return w
	})
}

// choose returns the language that ?lang= names (explicit), else the one that fits
// Accept-Language best.
func choose(query, accept string) (t *tongue, explicit bool) {
	for _, t := range tongues {
		if query == t.Code {
			return t, true
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accept[:min(len(accept), 256)])
	if err != nil || len(wanted) == 0 {
		return tongues[0], false
	}
	_, index, confidence := matcher().Match(wanted...)
	if confidence == language.No {
		return tongues[0], false
	}
	return tongues[index], false
}

// T returns the sentence of a key, its placeholders filled from pairs of a name and a
// value. A key without a sentence is returned itself; a test knows of none.
func (t *tongue) T(key string, pairs ...string) string {
	text, ok := t.words()[key]
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return text
	}
	replace := make([]string, len(pairs))
	copy(replace, pairs)
	for i := 0; i+1 < len(replace); i += 2 {
		replace[i] = "{" + replace[i] + "}"
	}
	return strings.NewReplacer(replace...).Replace(text)
}

// Date writes a day in the language, in UTC.
func (t *tongue) Date(at time.Time) string { return at.UTC().Format(t.date) }

// moment writes a day and a time of day in the language, in UTC.
func (t *tongue) moment(at time.Time) string { return at.UTC().Format(t.date+" 15:04") + " UTC" }

func (t *tongue) month(at time.Time) string { return at.UTC().Format(t.months) }
