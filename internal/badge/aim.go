package badge

import (
	"strings"

	"laurel/internal/strictjson"
)

// Aim is what an achievement leads to, as far as it says so in a way that a registry's grants
// can be compared with. Nothing is assumed of what it does not say.
type Aim struct {
	Award      string   // "degree" or "microcredential"; empty: it does not say
	Level      int      // of the European Qualifications Framework; 0: it does not say, or says several
	ISCED      string   // code of the field of study (ISCED-F 2013), likewise
	Programmes []string // identifiers of the programme, as "scheme:value"
}

// degrees are the achievement types (OB §B.1.2 AchievementType) that are academic degrees.
var degrees = map[string]bool{
	"AssociateDegree": true, "BachelorDegree": true, "Degree": true, "DoctoralDegree": true, "MasterDegree": true,
	"ProfessionalDoctorate": true, "ResearchDoctorate": true,
}

// The addresses under which Europe publishes levels and fields, which alignments name.
const (
	eqfAddress      = "data.europa.eu/snb/eqf/"
	iscedAddress    = "data.europa.eu/snb/isced-f/"
	iscedOldAddress = "data.europa.eu/esco/isced-f/"
)

// AimOf reads the aim of an achievement.
func AimOf(achievement strictjson.Value) Aim {
	a := Aim{}
	switch kind := achievement.Member("achievementType").Text(); {
	case degrees[kind]:
		a.Award = "degree"
	case kind == "MicroCredential":
		a.Award = "microcredential"
	}
	if id := achievement.Member("id").Text(); id != "" {
		a.Programmes = append(a.Programmes, "url:"+id)
	}
	for entry := range achievement.Member("otherIdentifier").Listed() {
		if kind, value := entry.Member("identifierType").Text(), entry.Member("identifier").Text(); kind != "" && value != "" {
			a.Programmes = append(a.Programmes, strings.TrimPrefix(kind, "ext:")+":"+value)
		}
	}
	level, field := oneOf[int]{}, oneOf[string]{}
	for alignment := range achievement.Member("alignment").Listed() {
		if n := levelOf(alignment); n != 0 {
			level.say(n)
		}
		if code := fieldOf(alignment); code != "" {
			field.say(code)
		}
	}
	a.Level, a.ISCED = level.said, field.said
	return a
}

// oneOf is what is said once, or several times alike.
type oneOf[T comparable] struct {
	said    T
	clashes bool
}

func (o *oneOf[T]) say(v T) {
	var nothing T
	if o.said != nothing && o.said != v {
		o.clashes = true
	}
	if o.said = v; o.clashes {
		o.said = nothing
	}
}

// levelOf returns the EQF level that an alignment names by its address, or by the framework's
// name and a code such as 6, "EQF 6" or "Level 6".
func levelOf(alignment strictjson.Value) int {
	if code, ok := under(alignment, eqfAddress); ok {
		return digit(code)
	}
	framework := strings.ToLower(alignment.Member("targetFramework").Text())
	if framework != "eqf" && !strings.Contains(framework, "european qualifications framework") {
		return 0
	}
	code := strings.ToLower(alignment.Member("targetCode").Text())
	for _, prefix := range []string{"eqf", "level", " ", ":", "-"} {
		code = strings.TrimSpace(strings.TrimPrefix(code, prefix))
	}
	return digit(code)
}

func digit(code string) int {
	if len(code) == 1 && code[0] >= '1' && code[0] <= '8' {
		return int(code[0] - '0')
	}
	return 0
}

func fieldOf(alignment strictjson.Value) string {
	for _, address := range []string{iscedAddress, iscedOldAddress} {
		if code, ok := under(alignment, address); ok && len(code) <= 4 && strings.Trim(code, "0123456789") == "" {
			return code
		}
	}
	return ""
}

// under returns what follows an address in the one that an alignment names.
func under(alignment strictjson.Value, address string) (string, bool) {
	url := alignment.Member("targetUrl").Text()
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(url, scheme+address); ok {
			return rest, true
		}
	}
	return "", false
}
