package deqar

import (
	"fmt"
	"slices"
)

// Known is a yes or no that may not have been said.
type Known int8

// Unsaid, No and Yes are the values of Known.
const (
	Unsaid Known = iota
	No
	Yes
)

func known(yes bool) Known {
	if yes {
		return Yes
	}
	return No
}

// Status is the standing of a report in the higher education system.
type Status int8

// The values of Status; zero was not said, or in words that are not known here.
const (
	Obligatory Status = iota + 1 // part of the obligatory external quality assurance
	Voluntary
)

// Decision is how a report ends.
type Decision int8

// The values of Decision; zero was not said, or in words that are not known here.
const (
	Positive Decision = iota + 1
	PositiveWithConditions
	Negative
	NotApplicable
)

// Flag is the mark that EQAR put on a report.
type Flag int8

// The values of Flag; zero was not said: only then nobody knows whether the report is clear.
const (
	NoFlag Flag = iota + 1
	LowFlag
	HighFlag
)

// ActivityType is what an agency looked at.
type ActivityType int8

// The values of ActivityType; zero was not said, or in words that are not known here.
const (
	ProgrammeActivity ActivityType = iota + 1
	InstitutionalActivity
	JointProgrammeActivity
	MixedActivity // institutional/programme
)

// ProgrammeType is derived by DEQAR from degree and workload.
type ProgrammeType int8

// The values of ProgrammeType; zero was not said.
const (
	FullDegree ProgrammeType = iota + 1
	MicroCredential
	OtherProvision
)

// Level is a level of the European Qualifications Framework, 5 to 8, to which DEQAR's cycles
// answer; zero was not said.
type Level int8

// The words of DEQAR, in the order of its numbers.
var (
	statusWords    = []string{"part of obligatory EQA system", "voluntary"}
	decisionWords  = []string{"positive", "positive with conditions or restrictions", "negative", "not applicable"}
	flagWords      = []string{"none", "low level", "high level"}
	activityWords  = []string{"programme", "institutional", "joint programme", "institutional/programme"}
	levelWords     = []string{"short cycle", "first cycle", "second cycle", "third cycle"}
	knownWords     = []string{"no", "yes"}
	programmeWords = []string{"Full recognised degree programme", "Micro-credential", "Other provision"}
)

// word returns the number of a word, from 1, or 0.
func word(words []string, said string) int8 { return int8(slices.Index(words, said) + 1) }

func said(words []string, number int8) string {
	if number <= 0 || int(number) > len(words) {
		return notSaid
	}
	return words[number-1]
}

// notSaid stands where a value was not said, or in words that are not known here.
const notSaid = "not said"

// read is the reverse of said.
func read(words []string, text []byte) (int8, error) {
	n := word(words, string(text))
	if n == 0 && string(text) != notSaid {
		return 0, fmt.Errorf("%.40q is none of the words %q", text, words)
	}
	return n, nil
}

// String returns DEQAR's words.
func (s Status) String() string { return said(statusWords, int8(s)) }

// MarshalText writes what String returns.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Status) UnmarshalText(text []byte) error {
	n, err := read(statusWords, text)
	*s = Status(n)
	return err
}

// String returns DEQAR's words.
func (d Decision) String() string { return said(decisionWords, int8(d)) }

// MarshalText writes what String returns.
func (d Decision) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Decision) UnmarshalText(text []byte) error {
	n, err := read(decisionWords, text)
	*d = Decision(n)
	return err
}

// String returns DEQAR's words.
func (f Flag) String() string { return said(flagWords, int8(f)) }

// MarshalText writes what String returns.
func (f Flag) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (f *Flag) UnmarshalText(text []byte) error {
	n, err := read(flagWords, text)
	*f = Flag(n)
	return err
}

// String returns DEQAR's words.
func (a ActivityType) String() string { return said(activityWords, int8(a)) }

// MarshalText writes what String returns.
func (a ActivityType) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *ActivityType) UnmarshalText(text []byte) error {
	n, err := read(activityWords, text)
	*a = ActivityType(n)
	return err
}

// String returns DEQAR's words.
func (p ProgrammeType) String() string { return said(programmeWords, int8(p)) }

// MarshalText writes what String returns.
func (p ProgrammeType) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *ProgrammeType) UnmarshalText(text []byte) error {
	n, err := read(programmeWords, text)
	*p = ProgrammeType(n)
	return err
}

// String returns "yes", "no" or "not said".
func (k Known) String() string { return said(knownWords, int8(k)) }

// MarshalText writes what String returns.
func (k Known) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Known) UnmarshalText(text []byte) error {
	n, err := read(knownWords, text)
	*k = Known(n)
	return err
}

// ParseLevel reads a cycle of the framework of the EHEA; zero where the words are others.
func ParseLevel(cycle string) Level {
	if n := word(levelWords, cycle); n > 0 {
		return Level(n) + 4
	}
	return 0
}

// Cycle returns DEQAR's words for the level.
func (l Level) Cycle() string {
	if l < 5 {
		return notSaid
	}
	return said(levelWords, int8(l)-4)
}
