package deqar

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/deqar/deqartest"
	"laurel/internal/store"
)

// resident is the most memory that the process had at once, in MiB; zero where nobody says.
func resident() float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib float64
		if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}

// forgetPeak gives memory back, and lets the peak begin anew.
func forgetPeak() {
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// The size of DEQAR, roughly.
const (
	allInstitutions = 5000
	allReports      = 120_000
)

// night is the files of one night, kept in the archive of a mirror as if they had been fetched.
type night []store.MirrorRaw

func nightOf(b *testing.B, m *Mirror, w *deqartest.World) (raws night, rows int) {
	for _, file := range []struct{ name, text string }{
		{"deqar-agencies.csv", w.AgenciesCSV()}, {"deqar-institutions.csv", w.InstitutionsCSV()}, {"deqar-reports.csv", w.ReportsCSV()},
	} {
		digest, err := m.raw.Put([]byte(file.text))
		if err != nil {
			b.Fatal(err)
		}
		raws = append(raws, store.MirrorRaw{URL: "https://backend.example/" + file.name, SHA256: digest, Bytes: int64(len(file.text))})
		rows = strings.Count(file.text, ",DEQARINST")
	}
	return raws, rows
}

// take runs the import of the files, and measures it.
func (n night) take(b *testing.B, m *Mirror, name string) Outcome {
	forgetPeak()
	start := time.Now()
	i := Import{Observed: start, Job: jobRefresh, Full: []string{string(KindAgencyCSV), string(KindInstitutionCSV), string(KindReportCSV)}}
	i, err := m.rows.Begin(b.Context(), i)
	if err == nil {
		err = m.rows.Stage(b.Context(), i.Number, nil, n...)
	}
	if err != nil {
		b.Fatal(err)
	}
	o, _, err := m.resume(b.Context())
	if err != nil || o.Held() {
		b.Fatal(o, err)
	}
	b.ReportMetric(time.Since(start).Seconds(), name+"-s")
	b.ReportMetric(resident(), name+"-MiB")
	return o
}

// withDetails adds a row of the Web API for each report, as if all had been asked for.
func withDetails(b *testing.B, m *Mirror) {
	var rows []store.MirrorPut
	err := m.rows.Rows(b.Context(), store.View{}, string(KindReportCSV), func(r store.MirrorRow) error {
		var report Report
		err := decode(r.Body, &report)
		report.Agency, report.Flag = 1, NoFlag
		for n := range report.Programmes {
			report.Programmes[n].Degree, report.Programmes[n].Field = Yes, "0215"
			report.Programmes[n].Identifiers = []Identifier{{Scheme: "local identifier", Agency: "SQA", Value: r.ID}}
		}
		body, _ := encode(report)
		rows = append(rows, store.MirrorPut{Kind: string(KindReport), ID: r.ID, Body: body})
		return err
	})
	i, err2 := m.rows.Begin(b.Context(), Import{Observed: time.Now(), Job: jobRelist})
	for piece := range slices.Chunk(rows, stageSize) {
		err2 = errors.Join(err2, m.rows.Stage(b.Context(), i.Number, piece))
	}
	_, err3 := m.rows.Seal(b.Context(), i.Number)
	_, err4 := m.rows.Accept(b.Context(), i.Number, time.Now(), "")
	if err := errors.Join(err, err2, err3, err4); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkImport is the first import of files of DEQAR's size, and a day's delta of one
// report in a hundred, beside rows of the Web API for all of them.
func BenchmarkImport(b *testing.B) {
	for range b.N {
		m, err := OpenMirror(b.TempDir(), MirrorOptions{Policy: DefaultPolicy(), Hold: HoldRule{DropPercent: 2, ClassChanges: 2000}})
		if err != nil {
			b.Fatal(err)
		}
		w := deqartest.Generate(allInstitutions, allReports, 1)
		first, rows := nightOf(b, m, w)
		w.Change(100)
		next, _ := nightOf(b, m, w)
		w = nil
		first.take(b, m, "first")
		withDetails(b, m)
		if o := next.take(b, m, "delta"); o.Import.Counts[string(KindReportCSV)].Changed != allReports/100 {
			b.Fatal(o)
		}
		b.ReportMetric(float64(rows), "csv-rows")
		if info, err := os.Stat(m.rows.Path()); err == nil {
			b.ReportMetric(float64(info.Size())/(1<<20), "file-MiB")
		}
		m.Close()
	}
}

// BenchmarkRead reads the file of reports alone.
func BenchmarkRead(b *testing.B) {
	text := deqartest.Generate(allInstitutions, allReports, 1).ReportsCSV()
	b.SetBytes(int64(len(text)))
	for range b.N {
		n := 0
		if err := ReadReportsCSV(strings.NewReader(text), func(Report) error { n++; return nil }); err != nil || n != allReports {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkPeriods makes the periods of all institutions, as a snapshot does.
func BenchmarkPeriods(b *testing.B) {
	w := NewWorld()
	w.AddAgency(Agency{ID: 1, Acronym: "SQA", Registered: Yes, Start: 1, End: lastDay}, Provenance{Source: SourceAPI})
	for id := range int64(allInstitutions) {
		w.AddInstitution(Institution{ID: id + 1, OtherProvider: No, Levels: []LevelSpan{{Level: 6}, {Level: 7}}, Source: SourceAPI}, Provenance{})
	}
	text := deqartest.Generate(allInstitutions, allReports, 1).ReportsCSV()
	err := ReadReportsCSV(strings.NewReader(text), func(r Report) error {
		r.Flag, r.Source = NoFlag, SourceAPI
		w.AddReport(r, Provenance{Source: SourceAPI})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	c := Coverage{w, DefaultPolicy()}
	for b.Loop() {
		n := 0
		for i := range w.Institutions() {
			n += len(c.Periods(i.ID))
		}
		b.ReportMetric(float64(n), "periods")
	}
}
