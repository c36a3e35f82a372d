package verifier

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends the report as JSON, to the byte as encoding/json writes it, in a third of
// the time: for servers, to which writing a report is a part of verifying that counts.
func (r *Report) AppendJSON(out []byte) []byte {
	w := writer{append(out, '{')}
	r.members(&w)
	return append(w.out, '}')
}

// writer writes JSON as encoding/json does.
type writer struct{ out []byte }

// member begins a member of an object, or without a name an item of an array.
func (w *writer) member(name string) {
	if last := w.out[len(w.out)-1]; last != '{' && last != '[' {
		w.out = append(w.out, ',')
	}
	if name != "" {
		w.out = append(append(append(w.out, '"'), name...), '"', ':')
	}
}

func (w *writer) text(name, s string) {
	w.member(name)
	w.out = appendText(w.out, s)
}

// some writes a text unless it is empty.
func (w *writer) some(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

// value writes what few reports have, and has no writer of its own.
func (w *writer) value(name string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("verifier: " + err.Error()) // texts and numbers alone
	}
	w.member(name)
	w.out = append(w.out, raw...)
}

// written is what has members to write.
type written interface{ members(w *writer) }

func (w *writer) object(name string, v written) {
	w.member(name)
	w.out = append(w.out, '{')
	v.members(w)
	w.out = append(w.out, '}')
}

func writeList[V any, P interface {
	*V
	written
}](w *writer, name string, items []V) {
	w.member(name)
	if items == nil {
		w.out = append(w.out, "null"...)
		return
	}
	w.out = append(w.out, '[')
	for i := range items {
		w.object("", P(&items[i]))
	}
	w.out = append(w.out, ']')
}

func (r *Report) members(w *writer) {
	w.text("verdict", r.Verdict.String())
	w.object("trust", &r.Trust)
	writeList(w, "checks", r.Checks)
	if r.Credential != nil {
		w.object("credential", r.Credential)
	}
	if r.Presentation != nil {
		w.object("presentation", r.Presentation)
	}
	if len(r.Parts) > 0 {
		writeList(w, "parts", r.Parts)
	}
	w.text("verifiedAt", r.VerifiedAt)
	w.some("asOf", r.AsOf)
	w.some("reading", r.Reading)
}

func (p *Part) members(w *writer) {
	w.text("role", p.Role)
	if p.Report == nil {
		w.member("report")
		w.out = append(w.out, "null"...)
		return
	}
	w.object("report", p.Report)
}

func (p *Presentation) members(w *writer) {
	w.some("id", p.ID)
	w.some("holder", p.Holder)
	w.text("format", p.Format)
	if len(p.Proofs) > 0 {
		writeList(w, "proofs", p.Proofs)
	}
}

func (t *Trust) members(w *writer) {
	w.text("status", t.Status)
	w.some("registry", t.Registry)
	if t.Entry != nil {
		w.object("entry", t.Entry)
	}
	w.text("reason", t.Reason)
	if t.Decision != nil {
		w.value("decision", t.Decision)
	}
	if len(t.Unchecked) > 0 {
		w.value("unchecked", t.Unchecked)
	}
}

func (l *Listing) members(w *writer) {
	w.text("issuer", l.Issuer)
	w.some("id", l.ID)
	w.some("name", l.Name)
}

func (c *Check) members(w *writer) {
	w.text("id", c.ID)
	w.some("clause", c.Clause)
	w.text("status", c.Status)
	w.text("code", c.Code)
	w.text("message", c.Message)
}

func (c *Credential) members(w *writer) {
	w.some("id", c.ID)
	w.some("name", c.Name)
	if c.Achievement != nil {
		w.object("achievement", c.Achievement)
	}
	w.object("issuer", &c.Issuer)
	w.object("recipient", &c.Recipient)
	w.some("validFrom", c.ValidFrom)
	w.some("validUntil", c.ValidUntil)
	w.some("awardedDate", c.AwardedDate)
	if len(c.Results) > 0 {
		writeList(w, "results", c.Results)
	}
	w.text("format", c.Format)
	writeList(w, "proofs", c.Proofs)
	if c.Endorsement != nil {
		w.object("endorsement", c.Endorsement)
	}
}

func (e *Endorsement) members(w *writer) {
	w.text("of", e.Of)
	w.some("comment", e.Comment)
}

func (a *Achievement) members(w *writer) {
	w.some("id", a.ID)
	w.some("name", a.Name)
	w.some("description", a.Description)
	w.some("type", a.Type)
	w.some("criteria", a.Criteria)
	w.some("criteriaUrl", a.CriteriaURL)
	w.some("image", a.Image)
}

func (i *Issuer) members(w *writer) {
	w.text("id", i.ID)
	w.some("name", i.Name)
	w.some("url", i.URL)
}

func (r *Recipient) members(w *writer) {
	w.some("id", r.ID)
	w.some("identity", r.Identity)
}

func (r *Result) members(w *writer) {
	w.some("name", r.Name)
	w.text("value", r.Value)
}

func (p *Proof) members(w *writer) {
	w.text("type", p.Type)
	w.some("suite", p.Suite)
	w.some("verificationMethod", p.Method)
	w.some("created", p.Created)
	w.text("status", p.Status)
}

// plain are the bytes that stand for themselves in a text, in UTF-8 if it has others.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return table
}()

// appendText leaves to encoding/json what it writes otherwise than as it stands.
func appendText(out []byte, s string) []byte {
	ascii := byte(0)
	for i := range len(s) {
		ascii |= s[i]
		if !plain[s[i]] {
			return appendEscaped(out, s)
		}
	}
	if ascii >= utf8.RuneSelf && (!utf8.ValidString(s) || strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029")) {
		return appendEscaped(out, s)
	}
	return append(append(append(out, '"'), s...), '"')
}

func appendEscaped(out []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic("verifier: a text that is not JSON: " + err.Error()) // every text is
	}
	return append(out, text...)
}
