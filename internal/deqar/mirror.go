package deqar

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"laurel/internal/store"
)

// Import is one import into the mirror, with what was fetched and what it changed.
type Import = store.MirrorImport

// HoldRule says which changes are abnormal, so that an operator must decide about them. The
// first import is never abnormal.
type HoldRule struct {
	DropPercent  float64 // of the rows of a kind that vanish, more are abnormal
	ClassChanges int     // of institutions whose class changes, more are abnormal
}

// DefaultHold holds what DEQAR §1.8 calls abnormal.
var DefaultHold = HoldRule{DropPercent: 2, ClassChanges: 25}

// MirrorOptions configure a Mirror.
type MirrorOptions struct {
	Client   *Client          // may be nil: nothing is fetched
	Hold     HoldRule         // zero: whatever vanishes or changes a class is held; see DefaultHold
	Policy   Policy           // by which classes are compared; default DefaultPolicy
	Now      func() time.Time // default time.Now
	Progress func(stage string, done, total int)
}

// Mirror keeps what DEQAR said, and when. It is safe for concurrent use by readers and one
// writer.
type Mirror struct {
	opts  MirrorOptions
	rows  *store.Mirror
	raw   *store.Archive
	batch int // rows that are fetched one by one, and staged together

	importing sync.Mutex
}

// What an import can end with.
var (
	// ErrHeld: an import waits for an operator, who must Release or Discard it.
	ErrHeld = errors.New("an import is held; release or discard it first")
	// ErrBusy: this process is importing already.
	ErrBusy = errors.New("an import is under way")
	// ErrStopped: what was fetched is incomplete, and the import goes on at the next call.
	ErrStopped = errors.New("the import was stopped and goes on next time")
)

// OpenMirror opens the mirror in a folder, and makes it if there is none.
func OpenMirror(folder string, opts MirrorOptions) (*Mirror, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Policy.ID == "" {
		opts.Policy = DefaultPolicy()
	}
	if opts.Progress == nil {
		opts.Progress = func(string, int, int) {}
	}
	raw, err := store.OpenArchive(filepath.Join(folder, "raw"))
	if err != nil {
		return nil, err
	}
	rows, err := store.OpenMirror(filepath.Join(folder, "mirror.db"))
	if err != nil {
		return nil, err
	}
	if err := raw.Clean(); err != nil { // only now: nobody else has the mirror open
		return nil, errors.Join(err, rows.Close())
	}
	return &Mirror{opts: opts, rows: rows, raw: raw, batch: 200}, nil
}

// Close lets go of the folder.
func (m *Mirror) Close() error { return m.rows.Close() }

// Imports are all imports, the oldest first.
func (m *Mirror) Imports(ctx context.Context) ([]Import, error) { return m.rows.Imports(ctx) }

// Held returns the import that waits for an operator; false where there is none.
func (m *Mirror) Held(ctx context.Context) (Import, bool, error) {
	i, pending, err := m.rows.Pending(ctx)
	return i, pending && i.State == store.ImportHeld, err
}

// Release accepts an import that is held.
func (m *Mirror) Release(ctx context.Context, number uint64, operator string) error {
	if i, held, err := m.Held(ctx); err != nil || !held || i.Number != number {
		return errors.Join(err, store.ErrNoImport)
	}
	_, err := m.rows.Accept(ctx, number, m.opts.Now(), operator)
	return err
}

// Discard forgets what an import that is held, or was interrupted, would have changed.
func (m *Mirror) Discard(ctx context.Context, number uint64, operator string) error {
	return m.rows.Discard(ctx, number, m.opts.Now(), operator)
}

// Outcome is what became of an import.
type Outcome struct {
	Import  Import
	Changes []ClassChange // of institutions, on the day of the import
}

// Held reports whether an operator must decide.
func (o Outcome) Held() bool { return o.Import.State == store.ImportHeld }

// ClassChange is an institution whose class an import changes.
type ClassChange struct {
	Institution   int64
	Before, After Class
}

// key is a row's id in the mirror, which sorts as its number does.
func key(id int64) string { return fmt.Sprintf("%010d", id) }

func idOf(key string) (int64, error) { return strconv.ParseInt(key, 10, 64) }

// World reads what DEQAR said at a time, as far as it was accepted by then; the zero time is
// now.
func (m *Mirror) World(ctx context.Context, at time.Time) (*World, error) {
	w := NewWorld()
	err := errors.Join(m.loadWithoutReports(ctx, store.View{At: at}, w), m.loadReports(ctx, store.View{At: at}, w, func(*Report) bool { return true }))
	return w, err
}

// load is a kind of rows, and what takes each of them.
type load struct {
	kind Kind
	add  func(store.MirrorRow) error
}

func (m *Mirror) load(ctx context.Context, view store.View, loads ...load) error {
	for _, l := range loads {
		if err := m.rows.Rows(ctx, view, string(l.kind), l.add); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mirror) loadWithoutReports(ctx context.Context, view store.View, w *World) error {
	return m.load(ctx, view, []load{
		{KindAgency, adding(w.AddAgency, Agency{}, SourceAPI)},
		{KindAgencyCSV, adding(w.AddAgency, Agency{}, SourceCSV)},
		{KindCountry, adding(w.AddCountry, Country{}, SourceAPI)},
		{KindInstitution, adding(w.AddInstitution, Institution{Source: SourceAPI}, SourceAPI)},
		{KindInstitutionCSV, adding(w.AddInstitution, Institution{Source: SourceCSV}, SourceCSV)},
	}...)
}

// loadReports adds the reports that are wanted.
func (m *Mirror) loadReports(ctx context.Context, view store.View, w *World, wanted func(*Report) bool) error {
	add := func(r Report, p Provenance) {
		if wanted(&r) {
			w.AddReport(r, p)
		}
	}
	return m.load(ctx, view,
		load{KindReport, adding(add, Report{Source: SourceAPI}, SourceAPI)},
		load{KindReportCSV, func(r store.MirrorRow) error {
			if !r.Gone {
				return adding(add, Report{Source: SourceCSV}, SourceCSV)(r)
			}
			id, err := idOf(r.ID)
			w.AddVanished(id, provenance(r, SourceCSV))
			return err
		}})
}

// adding decodes rows that are there and adds them.
func adding[T any](add func(T, Provenance), empty T, source Source) func(store.MirrorRow) error {
	return func(r store.MirrorRow) error {
		if r.Gone {
			return nil
		}
		one := empty
		if err := decode(r.Body, &one); err != nil {
			return fmt.Errorf("the row %s of the kind %s is damaged; restore the mirror from a backup: %w", r.ID, r.Kind, err)
		}
		add(one, provenance(r, source))
		return nil
	}
}

func provenance(r store.MirrorRow, source Source) Provenance {
	return Provenance{Source: source, Import: r.Import, Known: r.Known, Checked: r.Checked, Digest: fmt.Sprintf("%x", r.Digest)}
}
