package deqar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"laurel/internal/fetch"
	"laurel/internal/store"
)

// The jobs, as an import names its own, so that it goes on after a kill.
const (
	jobRefresh     = "refresh"
	jobRelist      = "relist"
	jobInstitution = "institution "
)

// files are the nightly files and what they hold.
var files = []struct {
	name string
	kind Kind
}{
	{"deqar-agencies.csv", KindAgencyCSV}, {"deqar-institutions.csv", KindInstitutionCSV}, {"deqar-reports.csv", KindReportCSV},
}

// Refresh takes the nightly files, where they changed, and with an account asks the Web API
// for each row that is new, changed or gone. An import that was interrupted goes on instead.
func (m *Mirror) Refresh(ctx context.Context) (Outcome, error) {
	if !m.importing.TryLock() {
		return Outcome{}, ErrBusy
	}
	defer m.importing.Unlock()
	if o, resumed, err := m.resume(ctx); resumed || err != nil {
		return o, err
	}
	begun := Import{Observed: m.opts.Now(), Job: jobRefresh}
	var raws []store.MirrorRaw
	for _, f := range files {
		raw, same, err := m.download(ctx, f.name)
		if err != nil {
			return Outcome{}, err
		}
		if same {
			begun.Same = append(begun.Same, string(f.kind))
			continue
		}
		begun.Full, raws = append(begun.Full, string(f.kind)), append(raws, raw)
	}
	i, err := m.rows.Begin(ctx, begun)
	if err == nil {
		err = m.rows.Stage(ctx, i.Number, nil, raws...)
	}
	if err != nil {
		return Outcome{}, err
	}
	o, _, err := m.resume(ctx)
	return o, err
}

// resume takes an import that is pending to its end; false where there is none.
func (m *Mirror) resume(ctx context.Context) (o Outcome, resumed bool, err error) {
	i, pending, err := m.rows.Pending(ctx)
	if err != nil || !pending {
		return Outcome{}, false, err
	}
	if i.State == store.ImportHeld {
		return Outcome{Import: i}, true, ErrHeld
	}
	if i.State == store.ImportStaging {
		if i.Job == jobRefresh && !hasFiles(i) {
			return Outcome{}, false, m.rows.Discard(ctx, i.Number, m.opts.Now(), "") // killed before it had them
		}
		if err := m.work(ctx, i); err != nil {
			return Outcome{Import: i}, true, err
		}
		if i, err = m.rows.Seal(ctx, i.Number); err != nil {
			return Outcome{}, true, err
		}
	}
	o, err = m.decide(ctx, i)
	return o, true, err
}

// hasFiles reports whether each kind that the import lists in full has its file.
func hasFiles(i Import) bool {
	return !slices.ContainsFunc(i.Full, func(kind string) bool {
		return !slices.ContainsFunc(i.Raw, func(raw store.MirrorRaw) bool { return kindOf(raw) == Kind(kind) })
	})
}

// kindOf is what a nightly file holds; empty for other files.
func kindOf(raw store.MirrorRaw) Kind {
	for _, f := range files {
		if strings.HasSuffix(raw.URL, "/"+f.name) {
			return f.kind
		}
	}
	return ""
}

func (m *Mirror) work(ctx context.Context, i Import) error {
	switch {
	case i.Job == jobRefresh:
		return m.refresh(ctx, i)
	case i.Job == jobRelist:
		return m.relist(ctx, i)
	case strings.HasPrefix(i.Job, jobInstitution):
		return m.institution(ctx, i)
	}
	return fmt.Errorf("import %d is of another program: %q", i.Number, i.Job)
}

// download keeps a nightly file; same where it is as it was when it was last accepted.
func (m *Mirror) download(ctx context.Context, name string) (raw store.MirrorRaw, same bool, err error) {
	if m.opts.Client == nil {
		return raw, false, fetch.ErrOffline
	}
	last, err := m.lastFile(ctx, name)
	if err != nil {
		return raw, false, err
	}
	var draft *store.Draft
	drop := func() error {
		if draft == nil {
			return nil
		}
		dropped := draft
		draft = nil
		return dropped.Drop()
	}
	answer, err := m.opts.Client.file(ctx, name, last.ETag, func() (to io.Writer, err error) {
		if err := drop(); err != nil {
			return nil, err
		}
		draft, err = m.raw.Draft()
		return draft, err
	})
	if err != nil || answer.Unmodified {
		return raw, true, errors.Join(err, drop())
	}
	raw = store.MirrorRaw{URL: answer.URL, ETag: answer.ETag, Fetched: m.opts.Now().UTC()}
	raw.SHA256, raw.Bytes, err = draft.Keep()
	return raw, err == nil && raw.SHA256 == last.SHA256, err
}

// lastFile is the newest nightly file of a name that was accepted.
func (m *Mirror) lastFile(ctx context.Context, name string) (last store.MirrorRaw, err error) {
	all, err := m.rows.Imports(ctx)
	for _, i := range all {
		for _, raw := range i.Raw {
			if i.State == store.ImportAccepted && strings.HasSuffix(raw.URL, "/"+name) {
				last = raw
			}
		}
	}
	return last, err
}

// stageSize is how many rows of a file are staged together.
const stageSize = 4000

// stager stages rows that come one after the other.
type stager struct {
	m      *Mirror
	ctx    context.Context
	number uint64
	rows   []store.MirrorPut
	done   int
}

func (s *stager) add(kind Kind, id int64, row any) error {
	body, err := encode(row)
	if err != nil {
		return err
	}
	s.rows = append(s.rows, store.MirrorPut{Kind: string(kind), ID: key(id), Body: body})
	if len(s.rows) < stageSize {
		return nil
	}
	return s.flush(kind)
}

func (s *stager) flush(kind Kind) error {
	err := s.m.rows.Stage(s.ctx, s.number, s.rows)
	s.done += len(s.rows)
	s.rows = s.rows[:0]
	s.m.opts.Progress(string(kind), s.done, 0)
	return err
}

// stageFile stages the rows of a nightly file.
func (m *Mirror) stageFile(ctx context.Context, i Import, raw store.MirrorRaw) error {
	file, err := m.raw.Open(raw.SHA256)
	if err != nil {
		return err
	}
	defer file.Close()
	s, kind := &stager{m: m, ctx: ctx, number: i.Number}, kindOf(raw)
	switch kind {
	case KindAgencyCSV:
		err = ReadAgenciesCSV(file, func(a Agency) error { return s.add(kind, a.ID, a) })
	case KindInstitutionCSV:
		err = ReadInstitutionsCSV(file, func(i Institution) error { return s.add(kind, i.ID, i) })
	case KindReportCSV:
		err = ReadReportsCSV(file, func(r Report) error { return s.add(kind, r.ID, r) })
	}
	if err != nil {
		return err
	}
	return s.flush(kind)
}

// refresh stages the files, and then what the Web API says of the rows that changed.
func (m *Mirror) refresh(ctx context.Context, i Import) error {
	for _, raw := range i.Raw {
		if kindOf(raw) == "" {
			continue
		}
		if err := m.stageFile(ctx, i, raw); err != nil {
			if !transient(err) { // the file is no good: the next refresh gets another one
				err = errors.Join(err, m.rows.Discard(context.WithoutCancel(ctx), i.Number, m.opts.Now(), ""))
			}
			return err
		}
	}
	if m.opts.Client == nil || !m.opts.Client.HasAccount() {
		return nil
	}
	changed, err := m.changedIn(ctx, i, KindReportCSV, KindInstitutionCSV, KindAgencyCSV)
	if err != nil {
		return err
	}
	h := m.haul(ctx, i)
	if len(changed[KindAgencyCSV]) > 0 {
		if err := h.agenciesAndCountries(); err != nil {
			return err
		}
	}
	if err := h.institutions(changed[KindInstitutionCSV]); err != nil {
		return err
	}
	return h.reports(changed[KindReportCSV])
}

func transient(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrFull)
}

// changedIn are the numbers of the rows that an import changes, or that it does not have any
// more.
func (m *Mirror) changedIn(ctx context.Context, i Import, kinds ...Kind) (map[Kind][]int64, error) {
	changed := map[Kind][]int64{}
	note := func(kind, id string) error {
		number, err := idOf(id)
		changed[Kind(kind)] = append(changed[Kind(kind)], number)
		return err
	}
	err := m.rows.Changes(ctx, i.Number, func(e store.MirrorEvent) error {
		if !slices.Contains(kinds, Kind(e.Kind)) {
			return nil
		}
		return note(e.Kind, e.ID)
	})
	for _, kind := range kinds {
		if err != nil || !slices.Contains(i.Full, string(kind)) {
			continue
		}
		var live []string
		err = m.rows.Rows(ctx, store.View{}, string(kind), func(r store.MirrorRow) error {
			if !r.Gone {
				live = append(live, r.ID)
			}
			return nil
		})
		var staged []bool
		if err == nil {
			staged, err = m.rows.Staged(ctx, i.Number, string(kind), live)
		}
		for n, there := range staged {
			if err == nil && !there {
				err = note(string(kind), live[n])
			}
		}
	}
	return changed, err
}

// decide accepts an import, or holds it where it changes more than is normal.
func (m *Mirror) decide(ctx context.Context, i Import) (o Outcome, err error) {
	var reasons []string
	first := true
	for kind, count := range i.Counts {
		first = first && count.Before == 0
		if kind != string(KindReportIndex) && float64(count.Vanished)*100 > m.opts.Hold.DropPercent*float64(count.Before) {
			reasons = append(reasons, fmt.Sprintf("%d of %d rows of the kind %s vanished", count.Vanished, count.Before, kind))
		}
	}
	if !first {
		if o.Changes, err = m.classChanges(ctx, i); err != nil {
			return o, err
		}
	}
	if len(o.Changes) > m.opts.Hold.ClassChanges {
		reasons = append(reasons, fmt.Sprintf("%d institutions change their class", len(o.Changes)))
	}
	if len(reasons) > 0 && !first {
		slices.Sort(reasons)
		o.Import, err = m.rows.Hold(ctx, i.Number, strings.Join(reasons, "; "))
		return o, err
	}
	o.Import, err = m.rows.Accept(ctx, i.Number, m.opts.Now(), "")
	return o, err
}
