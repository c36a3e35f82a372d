package web

import (
	"context"
	"encoding/base64"
	"html/template"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/verifier"
)

// Bounds of the verification of many. One batch takes one place among the verifications,
// however many items it has.
const (
	batchTime = 10 * time.Minute // for all of it
	rowWait   = 30 * time.Second // for the reader to take a row
)

// batchPage verifies the items of a collection and sends a row for each as it is decided.
func (s *Server) batchPage(c echo.Context, items iter.Seq[verifier.Item], recipient string) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), batchTime)
	defer cancel()
	connection := http.NewResponseController(c.Response())
	// What has no deadlines, such as a recorder in tests, needs none.
	_ = connection.SetReadDeadline(time.Now().Add(batchTime + rowWait))
	p := s.page(c, "batch.title")
	b := &batch{tongue: p.tongue, home: s.issuer.Base(), counts: map[mark]int{}}
	b.results = s.verifier.Many(ctx, b.first(items), verifier.Request{Recipient: recipient})
	b.late = func() bool { return ctx.Err() != nil }
	b.send = func() {
		_ = connection.SetWriteDeadline(time.Now().Add(rowWait + verifier.DefaultLimits.Time))
		_ = connection.Flush()
	}
	b.sign = func(lines []verifier.Line) ([]byte, error) {
		witness, err := s.issuer.WitnessKey()
		if err != nil {
			return nil, err
		}
		return s.verifier.Statement(ctx, lines, witness)
	}
	p.Path, p.NoIndex, p.Body = "/verify", true, b
	return s.stream(c, "batch", p)
}

// batch is the Body of the page on many items. The template asks for its rows first; what
// it says of them all is known only then.
type batch struct {
	tongue  *tongue
	home    string
	results iter.Seq[verifier.ItemReport]
	late    func() bool // the time was up
	send    func()      // what was written so far, to the reader
	sign    func([]verifier.Line) ([]byte, error)

	cut    bool // there are more items than are looked at
	kept   []verifier.Line
	counts map[mark]int
}

// batchRow is one item as the page shows it.
type batchRow struct {
	Number      int
	Name        string
	Mark        mark
	Short       string
	Achievement string
	Issuer      authorView
	Reason      string
	AsOf        string
}

// first passes on as many items as a statement can list.
func (b *batch) first(items iter.Seq[verifier.Item]) iter.Seq[verifier.Item] {
	return func(yield func(verifier.Item) bool) {
		n := 0
		for item := range items {
			if n++; n > verifier.MaxStatement {
				b.cut = true
				return
			}
			if !yield(item) {
				return
			}
		}
	}
}

// Rows verifies; each row is sent before the next one is waited for.
func (b *batch) Rows() iter.Seq[batchRow] {
	return func(yield func(batchRow) bool) {
		b.send()
		for r := range b.results {
			row := b.row(r)
			b.kept = append(b.kept, r.Line())
			b.counts[row.Mark]++
			if !yield(row) {
				return
			}
			b.send()
		}
	}
}

func (b *batch) row(r verifier.ItemReport) batchRow {
	v := b.tongue.viewAnswer(r.Report, b.home)
	row := batchRow{
		Number: len(b.kept) + 1, Name: shown(r.Name+" "+r.Person, maxName), Mark: v.Mark, Short: v.Short, Reason: v.Reason, AsOf: v.AsOf,
	}
	if v.Badge != nil {
		row.Achievement, row.Issuer = v.Badge.Name, v.Badge.Issuer
	}
	return row
}

// batchSummary is what there is to say after the rows.
type batchSummary struct {
	Total     int
	Count     string // of all
	Answers   []batchAnswer
	Ended     string       // how it ended, in a sentence
	Whole     bool         // every item was verified
	Statement template.URL // the signed report, to download; empty: there is none
}

type batchAnswer struct {
	Mark  mark
	Short string
	Count int
}

// Summary comes after Rows.
func (b *batch) Summary() batchSummary {
	t := b.tongue
	v := batchSummary{Total: len(b.kept), Count: t.T("batch.count", "count", strconv.Itoa(len(b.kept)))}
	for _, m := range []mark{rely, care, dont} {
		v.Answers = append(v.Answers, batchAnswer{m, t.T("verify.short." + string(m)), b.counts[m]})
	}
	switch {
	case b.late():
		v.Ended = t.T("batch.ended")
		return v // nothing more can be signed within the time
	case b.cut:
		v.Ended = t.T("batch.cut", "count", strconv.Itoa(v.Total))
	case v.Total == 0:
		v.Ended = t.T("batch.none")
		return v
	default:
		v.Ended, v.Whole = t.T("batch.done"), true
	}
	if signed, err := b.sign(b.kept); err == nil {
		v.Statement = template.URL("data:application/vc;base64," + base64.StdEncoding.EncodeToString(signed))
	}
	return v
}
