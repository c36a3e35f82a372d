package deqar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/deqar/deqartest"
	"laurel/internal/fetch"
	"laurel/internal/store"
)

// clock is set by the test, and is later by what the client waits.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.waits = c.now.Add(d), append(c.waits, d)
	return ctx.Err()
}

func (c *clock) set(t testing.TB, d string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = day(t, d).Time()
}

// rig is a fake DEQAR, a mirror of it and a clock.
type rig struct {
	*Mirror
	server *deqartest.Server
	clock  *clock
	folder string
	client ClientOptions
}

func newRig(t testing.TB, w *deqartest.World, changes ...func(*rig)) *rig {
	t.Helper()
	r := &rig{server: deqartest.New(t, w), clock: &clock{}, folder: t.TempDir()}
	r.clock.set(t, "2026-03-01")
	r.client = ClientOptions{
		Base: r.server.URL, Username: deqartest.Username, Password: deqartest.Password, AllowPrivateNetwork: true,
		PerSecond: 1e6, PageSize: 2, Now: r.clock.Now, Wait: r.clock.wait,
	}
	for _, change := range changes {
		change(r)
	}
	r.open(t)
	t.Cleanup(func() { r.Close() })
	return r
}

func (r *rig) open(t testing.TB) {
	t.Helper()
	c, err := NewClient(r.client)
	if err != nil {
		t.Fatal(err)
	}
	r.Mirror, err = OpenMirror(r.folder, MirrorOptions{Client: c, Hold: HoldRule{DropPercent: 90, ClassChanges: 90}, Policy: DefaultPolicy(), Now: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	r.batch = 3
}

func withoutAccount(r *rig) { r.client.Username = "" }

func (r *rig) refresh(t testing.TB) Outcome {
	t.Helper()
	o, err := r.Refresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (r *rig) relisted(t testing.TB) Outcome {
	t.Helper()
	o, err := r.Relist(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (r *rig) coverage(t testing.TB, at string) Coverage {
	t.Helper()
	when := time.Time{}
	if at != "" {
		when = day(t, at).Time().Add(12 * time.Hour)
	}
	w, err := r.World(t.Context(), when)
	if err != nil {
		t.Fatal(err)
	}
	return Coverage{w, DefaultPolicy()}
}

// sample asks about the university of the small world.
func (r *rig) sample(t testing.TB, at string) Result {
	t.Helper()
	return r.coverage(t, at).Evaluate(1, day(t, "2026-03-01"), Scope{Level: 6, Award: AwardDegree})
}

func TestFullImport(t *testing.T) {
	r := newRig(t, deqartest.Small())
	o := r.refresh(t)
	if o.Held() || o.Import.State != store.ImportAccepted || o.Import.Counts["report"].Appeared != 4 || o.Import.Counts["csv-report"].Appeared != 4 {
		t.Errorf("%+v", o)
	}
	got := r.sample(t, "")
	if got.Class != OfficialAccredited || !got.Allowed || got.Basis[0].Report != 11 || len(got.Basis[0].Digest) != 64 || got.Jurisdiction[0] != "DE" {
		t.Errorf("%+v", got)
	}
	// The high level flag is not in the list and not in the file; the relist sees nothing of it
	// but what it knows, and the detail says it.
	if w := r.coverage(t, "").World; w.Report(14) != nil {
		t.Error("a report that no list has")
	}
	r.relisted(t)
	c := r.coverage(t, "")
	if a := c.World.Agency(1); a == nil || a.DeqarID != 21 || a.Registered != Yes || c.World.Agency(2) == nil {
		t.Errorf("%+v", a)
	}
	i := c.World.Institution(1)
	if len(i.Names) != 2 || len(i.Levels) != 3 || i.Levels[2].To != day(t, "2009-12-31") || i.Names[1].To == 0 {
		t.Errorf("without history: %+v", i)
	}
	if c.World.Institution(4) == nil {
		t.Error("an institution without a report is missing")
	}
	if r.server.Unaligned() != 0 {
		t.Errorf("%d pages at an offset that is no multiple of the limit", r.server.Unaligned())
	}
	kept := dump(t, r)
	if strings.Contains(kept, "Petra") || strings.Contains(kept, "person@") {
		t.Error("a person is mirrored")
	}
}

// dump is all rows.
func dump(t testing.TB, r *rig) string {
	t.Helper()
	var out strings.Builder
	for _, kind := range []Kind{KindAgency, KindCountry, KindInstitution, KindReport, KindAgencyCSV, KindInstitutionCSV, KindReportCSV, KindReportIndex} {
		err := r.rows.Rows(t.Context(), store.View{}, string(kind), func(row store.MirrorRow) error {
			fmt.Fprintf(&out, "%s %s %v %s\n", row.Kind, row.ID, row.Gone, row.Body)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// TestHighFlagIsFoundByDetail: a report that was clear is flagged; it leaves the lists and the
// file, and its detail says why. It is no tombstone, and confers nothing.
func TestHighFlagIsFoundByDetail(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.refresh(t)
	r.server.Lock(func(w *deqartest.World) { w.Reports[11].Flag = "high level" })
	r.clock.set(t, "2026-03-02")
	r.refresh(t)
	got := r.sample(t, "")
	if got.Class.Confers() || got.Undecided() || r.coverage(t, "").World.Report(11).Flag != HighFlag {
		t.Errorf("%+v", got)
	}
	if then := r.sample(t, "2026-03-01"); then.Class != OfficialAccredited {
		t.Errorf("the past has changed: %+v", then)
	}
}

func TestDelta(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.refresh(t)
	details := r.server.Asked("/browse/reports/")
	r.clock.set(t, "2026-03-02")
	if o := r.refresh(t); len(o.Import.Same) != 3 || len(o.Import.Raw) != 0 || len(o.Changes) != 0 {
		t.Errorf("unmodified: %+v", o)
	}
	if p := r.coverage(t, "").World.Provenance(KindInstitution, 1); DayOf(p.Known) != day(t, "2026-03-01") {
		t.Errorf("%+v", p)
	}
	r.clock.set(t, "2026-03-03")
	r.server.Lock(func(w *deqartest.World) { w.Reports[11].Decision = "negative" })
	o := r.refresh(t)
	if got := r.server.Asked("/browse/reports/") - details; got != 1 {
		t.Errorf("%d details for one change", got)
	}
	if len(o.Changes) != 1 || o.Changes[0] != (ClassChange{1, OfficialAccredited, Adverse}) || o.Import.Counts["report"].Changed != 1 {
		t.Errorf("%+v", o)
	}
	if got := r.sample(t, ""); got.Class != Adverse {
		t.Errorf("%+v", got)
	}
	for at, class := range map[string]Class{"2026-02-27": None, "2026-03-01": OfficialAccredited, "2026-03-02": OfficialAccredited, "2026-03-03": Adverse} {
		if got := r.sample(t, at); got.Class != class {
			t.Errorf("as of %s: %s", at, got.Class)
		}
	}
}

func TestTombstoneAndReturn(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.refresh(t)
	var kept deqartest.Report
	r.clock.set(t, "2026-03-02")
	r.server.Lock(func(w *deqartest.World) { kept = *w.Reports[11]; delete(w.Reports, 11) })
	r.refresh(t)
	if got := r.sample(t, ""); got.Class != None || r.coverage(t, "").World.Report(11) != nil {
		t.Errorf("%+v", got)
	}
	row, there, err := r.rows.Row(t.Context(), store.View{}, "report", key(11))
	if err != nil || !there || !row.Gone || len(row.Body) == 0 {
		t.Errorf("no tombstone: %+v, %v", row, err)
	}
	r.clock.set(t, "2026-03-03")
	r.server.Lock(func(w *deqartest.World) { w.Reports[11] = &kept })
	r.refresh(t)
	if got := r.sample(t, ""); got.Class != OfficialAccredited {
		t.Errorf("%+v", got)
	}
	events, err := r.rows.History(t.Context(), store.View{}, "report", key(11))
	if err != nil || len(events) != 3 || events[1].Change != store.Vanished || events[2].Change != store.Appeared {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestHoldAndRelease(t *testing.T) {
	for name, test := range map[string]struct {
		rule   HoldRule
		change func(*deqartest.World)
		reason string
	}{
		"rows":    {HoldRule{DropPercent: 2, ClassChanges: 90}, func(w *deqartest.World) { delete(w.Reports, 15) }, "1 of 4 rows of the kind report vanished"},
		"classes": {HoldRule{DropPercent: 90}, func(w *deqartest.World) { w.Reports[11].Decision = "negative" }, "1 institutions change their class"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, deqartest.Small())
			r.opts.Hold = test.rule
			r.refresh(t)
			before := dump(t, r)
			r.clock.set(t, "2026-03-02")
			r.server.Lock(test.change)
			o := r.refresh(t)
			if !o.Held() || !strings.Contains(o.Import.Reason, test.reason) || dump(t, r) != before {
				t.Errorf("%+v", o.Import)
			}
			if _, err := r.Refresh(t.Context()); !errors.Is(err, ErrHeld) {
				t.Errorf("beside a held import: %v", err)
			}
			i, held, err := r.Held(t.Context())
			if err != nil || !held {
				t.Fatal(held, err)
			}
			if err := r.Discard(t.Context(), i.Number, "operator"); err != nil {
				t.Fatal(err)
			}
			if dump(t, r) != before {
				t.Error("a discarded import left something")
			}
			if o = r.refresh(t); !o.Held() {
				t.Errorf("the same again is not held: %+v", o.Import)
			}
			if err := r.Release(t.Context(), o.Import.Number+1, "operator"); err == nil {
				t.Error("another import was released")
			}
			if err := r.Release(t.Context(), o.Import.Number, "operator"); err != nil {
				t.Fatal(err)
			}
			if dump(t, r) == before {
				t.Error("a released import changed nothing")
			}
		})
	}
}

// TestResume stops an import after each number of requests, closes the mirror, opens it anew
// and goes on: the mirror is the same in the end, and what was fetched is not fetched again
// but for less than a batch and the lists.
func TestResume(t *testing.T) {
	for _, job := range []string{"refresh", "relist"} {
		whole := newRig(t, deqartest.Small())
		run := func(r *rig) (Outcome, error) {
			if job == "relist" {
				return r.Relist(t.Context())
			}
			return r.Refresh(t.Context())
		}
		if _, err := run(whole); err != nil {
			t.Fatal(err)
		}
		want, requests := dump(t, whole), whole.server.Asked("/")
		for stop := 1; stop < requests; stop++ {
			r := newRig(t, deqartest.Small(), func(r *rig) { r.client.Attempts = 1 })
			r.server.FailAfter(stop, deqartest.Failure, 1)
			if _, err := run(r); err == nil {
				t.Fatalf("%s: did not stop at %d", job, stop)
			}
			r.Close()
			r.open(t)
			if o, err := run(r); err != nil || o.Import.State != store.ImportAccepted {
				t.Fatalf("%s, stopped at %d: %+v, %v", job, stop, o, err)
			}
			if got := dump(t, r); got != want {
				t.Errorf("%s, stopped at %d:\n%s\nwant\n%s", job, stop, got, want)
			}
			for _, part := range []string{"/browse/reports/1", "/browse/institutions/"} {
				if got, most := r.server.Asked(part), whole.server.Asked(part)+r.batch+1; got > most {
					t.Errorf("%s, stopped at %d: %d requests for %s, want at most %d", job, stop, got, part, most)
				}
			}
		}
	}
}

// TestFaults: each fault of the network passes, or stops the import without harm.
func TestFaults(t *testing.T) {
	whole := newRig(t, deqartest.Small())
	whole.relisted(t)
	want := dump(t, whole)
	for _, fault := range []deqartest.Fault{deqartest.TooMany, deqartest.Failure, deqartest.HTML, deqartest.Truncated, deqartest.Silent} {
		for _, part := range []string{"/accounts/", "/browse/reports/", "/browse/reports/12/", "/providers/", "/browse/agencies/"} {
			r := newRig(t, deqartest.Small(), func(r *rig) { r.client.Timeout = time.Second / 4 })
			r.server.Fail(part, fault, 2)
			if _, err := r.Relist(t.Context()); err != nil {
				t.Errorf("%s at %s: %v", fault, part, err)
				continue
			}
			if got := dump(t, r); got != want {
				t.Errorf("%s at %s:\n%s", fault, part, got)
			}
			pause := firstPause
			if fault == deqartest.TooMany {
				pause = 7 * time.Second // as the answer says
			}
			if !slices.Contains(r.clock.waits, pause) {
				t.Errorf("%s at %s: waited %v", fault, part, r.clock.waits)
			}
		}
	}
	for fault, want := range map[deqartest.Fault]error{
		deqartest.TooMany: fetch.ErrUnavailable, deqartest.HTML: errUnreadable, deqartest.Bomb: fetch.ErrRefused, deqartest.Elsewhere: fetch.ErrRefused,
	} {
		r := newRig(t, deqartest.Small())
		r.refresh(t)
		before := dump(t, r)
		r.server.Fail("/browse/reports/", fault, 99)
		if _, err := r.Relist(t.Context()); !errors.Is(err, want) || dump(t, r) != before {
			t.Errorf("%s: %v", fault, err)
		} else if strings.Contains(err.Error(), deqartest.Password) || strings.Contains(err.Error(), "sample-token") {
			t.Errorf("%s: a secret in %v", fault, err)
		}
	}
}

func TestFaultyFiles(t *testing.T) {
	for fault, times := range map[deqartest.Fault]int{deqartest.HTML: 1, deqartest.Truncated: 5, deqartest.Bomb: 1} {
		r := newRig(t, deqartest.Small(), withoutAccount)
		r.refresh(t)
		before := dump(t, r)
		r.clock.set(t, "2026-03-02")
		r.server.Lock(func(w *deqartest.World) { w.Reports[11].Decision = "negative" })
		r.server.Fail("deqar-reports.csv", fault, times)
		if _, err := r.Refresh(t.Context()); err == nil || dump(t, r) != before {
			t.Errorf("%s: %v", fault, err)
		}
		if left, _ := filepath.Glob(filepath.Join(r.folder, "raw", "draft-*")); left != nil {
			t.Errorf("%s: %v", fault, left)
		}
		r.refresh(t)
		if dump(t, r) == before {
			t.Errorf("%s: nothing changed afterwards", fault)
		}
	}
}

func TestTokenExpires(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.server.TokenUses = 4
	r.relisted(t)
	if r.server.Logins() < 3 {
		t.Errorf("%d logins", r.server.Logins())
	}
	r = newRig(t, deqartest.Small(), func(r *rig) { r.client.Password = "another-secret" })
	_, err := r.Refresh(t.Context())
	if !errors.Is(err, ErrLogin) || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if n := r.server.Asked("/accounts/"); n != 1 {
		t.Errorf("a wrong password was tried %d times", n)
	}
	r = newRig(t, deqartest.Small(), withoutAccount)
	if _, err := r.Relist(t.Context()); !errors.Is(err, ErrLogin) {
		t.Error(err)
	}
}

func TestCSVOnly(t *testing.T) {
	r := newRig(t, deqartest.Small(), withoutAccount)
	r.refresh(t)
	got := r.sample(t, "")
	if got.Class != None || !got.Undecided() || !strings.Contains(strings.Join(got.Missing, " "), "report 11: its flag") {
		t.Errorf("%+v", got)
	}
	if n := r.server.Asked("/webapi/"); n != 0 {
		t.Errorf("%d requests without an account", n)
	}
}

// list reads a list of the fake with a client of a page size.
func (r *rig) list(t testing.TB, path string) ([]int64, error) {
	t.Helper()
	return r.Mirror.opts.Client.list(t.Context(), path, nil, true, func(row) error { return nil })
}

// TestPagingOffsets: offsets are multiples of the limit, though DEQAR makes shorter pages than
// asked, and each row comes once.
func TestPagingOffsets(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 10, 50} {
		for _, most := range []int{0, 1, 4, 10} {
			r := newRig(t, deqartest.Generate(23, 0, 1), func(r *rig) { r.client.PageSize = size; r.server.PageLimit = most })
			for _, path := range []string{browse + "institutions/", browse + "agencies/"} {
				ids, err := r.list(t, path)
				if want := map[string]int{browse + "institutions/": 23, browse + "agencies/": 1}[path]; err != nil || len(ids) != want {
					t.Errorf("pages of %d, at most %d: %d rows of %d, %v", size, most, len(ids), want, err)
				}
			}
			if n := r.server.Unaligned(); n != 0 {
				t.Errorf("pages of %d, at most %d: %d at an offset that is no multiple", size, most, n)
			}
		}
	}
}

// TestPagingCountDrift: a list that changes while it is read is read again; one that never
// rests is not taken.
func TestPagingCountDrift(t *testing.T) {
	for name, change := range map[string]func(*deqartest.World){
		"a row goes":  func(w *deqartest.World) { delete(w.Institutions, 1) },
		"a row comes": func(w *deqartest.World) { w.Institutions[0] = &deqartest.Institution{ID: 99, Country: "DE"} },
		"one for another": func(w *deqartest.World) {
			w.Institutions[0] = &deqartest.Institution{ID: 99, Country: "DE"}
			delete(w.Institutions, 23)
		},
	} {
		r := newRig(t, deqartest.Generate(23, 0, 1), func(r *rig) { r.client.PageSize = 5 })
		times := 0
		r.server.OnPage = func(_ string, offset int) {
			if times++; times == 2 {
				change(r.server.World)
			}
		}
		ids, err := r.list(t, browse+"institutions/")
		if err != nil || len(ids) != len(r.server.World.Institutions) {
			t.Errorf("%s: %d rows, %v", name, len(ids), err)
		}
		for _, id := range ids {
			if key := id % 99; r.server.World.Institutions[key] == nil {
				t.Errorf("%s: row %d", name, id)
			}
		}
	}
	r := newRig(t, deqartest.Generate(23, 0, 1), func(r *rig) { r.client.PageSize = 5 })
	next := int64(100)
	r.server.OnPage = func(string, int) {
		next++
		r.server.World.Institutions[next] = &deqartest.Institution{ID: next, Country: "DE"}
	}
	if ids, err := r.list(t, browse+"institutions/"); !errors.Is(err, ErrDrift) || ids != nil {
		t.Errorf("%v, %v", ids, err)
	}
}

// TestPaging3000Cap: a list of programmes that is as long as such lists get may be longer, and
// is not taken for whole.
func TestPaging3000Cap(t *testing.T) {
	for reports, want := range map[int]error{2999: nil, 3000: ErrCapped, 3100: ErrCapped} {
		w := deqartest.Generate(1, 1, 1)
		one := *w.Reports[1]
		one.Programmes = []deqartest.Programme{{Name: "Sample"}}
		for id := range int64(reports) {
			r := one
			r.ID = id + 1
			w.Reports[r.ID] = &r
		}
		r := newRig(t, w, func(r *rig) { r.client.PageSize = 1000 })
		ids, err := r.list(t, programmeReports+"1/")
		if !errors.Is(err, want) || err == nil && len(ids) != reports {
			t.Errorf("%d reports: %d, %v", reports, len(ids), err)
		}
	}
}

func TestRefreshInstitution(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.refresh(t)
	r.clock.set(t, "2026-03-05")
	r.server.Lock(func(w *deqartest.World) {
		w.Reports[11].To = "2026-01-31" // an end that was not there, changed in place
		w.Reports[16] = &deqartest.Report{ID: 16, Agency: 1, Type: "institutional", Status: deqartest.Obligatory, Decision: "positive", Flag: "none", From: "2026-02-01", Institutions: []int64{1}}
	})
	o, err := r.RefreshInstitution(t.Context(), 1)
	if err != nil || o.Import.State != store.ImportAccepted || o.Import.Counts["report"].Appeared != 1 || o.Import.Counts["report"].Changed != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	got := r.sample(t, "")
	if got.Class != OfficialAccredited || len(got.Basis) != 1 || got.Basis[0].Report != 16 {
		t.Errorf("%+v", got)
	}
}

// TestRelistAsksForWhatChanged: the second relist asks for no detail of a report of which the
// list says what it said, and it is known that it was looked at.
func TestRelistAsksForWhatChanged(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.refresh(t)
	r.relisted(t)
	before := r.server.Asked("/browse/reports/1")
	r.clock.set(t, "2026-03-08")
	r.server.Lock(func(w *deqartest.World) { w.Reports[12].Updated++ })
	r.relisted(t)
	if got := r.server.Asked("/browse/reports/1") - before; got != 1 {
		t.Errorf("%d details for one change", got)
	}
	w := r.coverage(t, "").World
	for _, id := range []int64{11, 12} {
		if p := w.Provenance(KindReport, id); DayOf(p.Checked) != day(t, "2026-03-08") || DayOf(p.Known) != day(t, "2026-03-01") {
			t.Errorf("report %d: %+v", id, p)
		}
	}
}

func TestOldShapes(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.server.NoFields = []string{"agency_esg_activities", "contributing_agencies", "platforms", "is_other_provider", "programme_type", "is_orgreg_alliance"}
	r.refresh(t)
	r.relisted(t)
	if got := r.sample(t, ""); got.Class != OfficialAccredited {
		t.Errorf("%+v", got)
	}
}

func TestRawBytesAreKept(t *testing.T) {
	r := newRig(t, deqartest.Small())
	o := r.refresh(t)
	found := map[string]bool{}
	for _, raw := range o.Import.Raw {
		f, err := r.raw.Open(raw.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil || int64(len(text)) != raw.Bytes || raw.Fetched.IsZero() || raw.URL == "" {
			t.Errorf("%+v: %d bytes, %v", raw, len(text), err)
		}
		found[string(text)] = true
	}
	if !found[r.server.World.ReportsCSV()] {
		t.Error("the file of reports is not kept as it was")
	}
	if info, err := os.Stat(filepath.Join(r.folder, "mirror.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

// TestResumeOfEachState: whatever a kill left, the next call takes it to its end.
func TestResumeOfEachState(t *testing.T) {
	plain := newRig(t, deqartest.Small())
	plain.refresh(t)
	want := dump(t, plain)
	for name, leave := range map[string]func(*rig) error{
		"begun, without its files": func(r *rig) error {
			_, err := r.rows.Begin(t.Context(), Import{Observed: r.clock.Now(), Job: jobRefresh, Full: []string{string(KindReportCSV)}})
			return err
		},
		"sealed": func(r *rig) error {
			if err := r.work(t.Context(), begun(t, r)); err != nil {
				return err
			}
			i, _, err := r.rows.Pending(t.Context())
			if err == nil {
				_, err = r.rows.Seal(t.Context(), i.Number)
			}
			return err
		},
		"stopped in the middle": func(r *rig) error {
			ctx, cancel := context.WithCancel(t.Context())
			r.opts.Progress = func(stage string, done, total int) {
				if stage == "report" && done == 2 {
					cancel()
				}
			}
			if _, err := r.Refresh(ctx); !errors.Is(err, context.Canceled) {
				return fmt.Errorf("not stopped: %w", err)
			}
			return nil
		},
	} {
		r := newRig(t, deqartest.Small())
		if err := leave(r); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.coverage(t, "").World.Institution(1) != nil {
			t.Errorf("%s: something is seen before it is accepted", name)
		}
		r.Close()
		r.open(t)
		if o := r.refresh(t); o.Import.State != store.ImportAccepted || dump(t, r) != want {
			t.Errorf("%s: %+v", name, o.Import)
		}
	}
	r := newRig(t, deqartest.Small())
	if _, err := r.rows.Begin(t.Context(), Import{Observed: r.clock.Now(), Job: "census"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Refresh(t.Context()); err == nil {
		t.Error("the job of another program was taken over")
	}
}

// begun is a refresh that has its files and nothing else.
func begun(t *testing.T, r *rig) Import {
	t.Helper()
	i := Import{Observed: r.clock.Now(), Job: jobRefresh}
	var raws []store.MirrorRaw
	for _, f := range files {
		raw, _, err := r.download(t.Context(), f.name)
		if err != nil {
			t.Fatal(err)
		}
		i.Full, raws = append(i.Full, string(f.kind)), append(raws, raw)
	}
	i, err := r.rows.Begin(t.Context(), i)
	if err == nil {
		err = r.rows.Stage(t.Context(), i.Number, nil, raws...)
	}
	if err != nil {
		t.Fatal(err)
	}
	i.Raw = raws
	return i
}

func TestOneImportAtATime(t *testing.T) {
	r := newRig(t, deqartest.Small())
	busy := 0
	r.opts.Progress = func(string, int, int) {
		for _, again := range []func(context.Context) (Outcome, error){r.Refresh, r.Relist} {
			if _, err := again(t.Context()); errors.Is(err, ErrBusy) {
				busy++
			}
		}
	}
	if r.refresh(t); busy < 2 || busy%2 != 0 {
		t.Errorf("%d of the others were refused", busy)
	}
}

func TestProgress(t *testing.T) {
	r := newRig(t, deqartest.Small())
	said := map[string]int{}
	r.opts.Progress = func(stage string, done, total int) {
		if total > 0 && done > total || done < said[stage] {
			t.Errorf("%s: %d of %d", stage, done, total)
		}
		said[stage] = done
	}
	r.refresh(t)
	if said["report"] != 4 || said["institution"] != 4 || said["csv-report"] != 4 {
		t.Error(said)
	}
}
