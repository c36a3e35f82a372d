package deqar

import "testing"

// TestWords: what is kept says DEQAR's words, and nothing else is read back.
func TestWords(t *testing.T) {
	kept, err := encode(Report{ID: 1, Status: Obligatory, Decision: PositiveWithConditions, Flag: LowFlag, Activities: []ActivityType{0, MixedActivity}, Programmes: []Programme{{Degree: No, Type: MicroCredential, Level: 7}}})
	const want = `{"id":1,"activities":["not said","institutional/programme"],"programmes":[{"name":"","level":7,"type":"Micro-credential","degree":"no"}],` +
		`"status":"part of obligatory EQA system","decision":"positive with conditions or restrictions","flag":"low level"}`
	if err != nil || string(kept) != want {
		t.Errorf("%s, %v", kept, err)
	}
	for _, text := range []string{`{"status":"obligatory"}`, `{"decision":""}`, `{"flag":1}`, `{"activities":["Programme"]}`, `{"programmes":[{"degree":"maybe"}]}`} {
		var r Report
		if err := decode([]byte(text), &r); err == nil {
			t.Errorf("%s: %+v", text, r)
		}
	}
}
