import Classification
import Network
import System
import Testing
import Training

private func line(_ error: TrainingDataError?) -> Int? {
  guard case .badLine(_, let line, _) = error else { return nil }
  return line
}

/// Lists of photos with their classes.
@Suite struct PhotoListTests {
  let folder = TemporaryFolder()

  private func list(
    _ text: String, name: String, classes: [ClassLabel]? = nil, names: [String: String] = [:]
  ) throws(TrainingDataError) -> LabelledPhotos {
    try LabelledPhotos(folder.file(name, text), classes: classes, names: names)
  }

  private func csv(
    _ text: String, classes: [ClassLabel]? = nil, names: [String: String] = [:]
  ) throws(TrainingDataError) -> LabelledPhotos {
    try list(text, name: "list.csv", classes: classes, names: names)
  }

  private func json(
    _ text: String, classes: [ClassLabel]? = nil
  ) throws(TrainingDataError) -> LabelledPhotos {
    try list(text, name: "list.jsonl", classes: classes)
  }

  private func csvError(_ text: String, classes: [ClassLabel]? = nil) -> TrainingDataError? {
    thrown { () throws(TrainingDataError) in _ = try csv(text, classes: classes) }
  }

  private func jsonError(_ text: String) -> TrainingDataError? {
    thrown { () throws(TrainingDataError) in _ = try json(text) }
  }

  @Test("CSV files have a header in any order or two columns, and any kind of line break")
  func csvForms() throws {
    let expected = ["rose: b.jpg", "daisy: deep/a.jpg"]
    for text in [
      "path,label\ndeep/a.jpg,daisy\nb.jpg,rose\n", "deep/a.jpg,daisy\nb.jpg,rose",
      "\u{FEFF}id,Label,split, Path\r\n1,daisy,train,deep/a.jpg\r\n\r\n2,rose,train,b.jpg\r",
      "\u{FEFF}\"deep/a.jpg\",\"daisy\"\r\nb.jpg, rose \r\n",
      "image,class\nb.jpg,rose\ndeep/a.jpg,daisy",
    ] {
      let photos = try csv(text)
      #expect(described(photos, below: folder.path) == expected, "\(text.debugDescription)")
      #expect(photos.classes.map(\.label) == ["daisy", "rose"])
      #expect(photos.photos.map(\.content) == photos.photos.map { .file($0.path) })
    }
  }

  @Test("a prediction may name its class by a number, where a list says what it counts")
  func numberedClasses() throws {
    let text = """
      {"path":"a.jpg","predictions":[{"index":1,"probability":0.9},{"index":0,"probability":0.1}]}
      {"path":"b.jpg","predictions":[{"index":1,"probability":0.9}],"label":"daisy"}
      """
    let classes = ["daisy", "rose"].map { ClassLabel(wnid: nil, label: $0) }
    let photos = try json(text, classes: classes)
    #expect(described(photos, below: folder.path) == ["rose: a.jpg", "daisy: b.jpg"])
    #expect(photos.photos.map(\.isPredicted) == [true, false])
    #expect(line(jsonError(text)) == 1)
    #expect(
      line(thrown { () throws(TrainingDataError) in _ = try json(text, classes: [classes[0]]) })
        == 1)
  }

  @Test("quoted fields hold commas, quotes and line breaks, and lines are counted through them")
  func quotes() throws {
    let photos = try csv("\"a, \"\"b\"\".jpg\",\"golden\nretriever\"\n/abs/c.jpg,cat\n")
    #expect(photos.photos.map(\.path) == ["/abs/c.jpg", folder.path.appending("a, \"b\".jpg")])
    #expect(photos.classes.map(\.label) == ["cat", "golden\nretriever"])
    #expect(line(csvError("\"a\nb\",x\nc\n")) == 3)
  }

  @Test("malformed CSV is an error that names the line")
  func badCSV() {
    #expect(line(csvError("a.jpg,daisy\nb.jpg,\"rose\nc.jpg,x\n")) == 2)
    #expect(line(csvError("a.jpg,daisy\nb\"c.jpg,rose\n")) == 2)
    #expect(line(csvError("a.jpg,daisy\n\"b.jpg\"x,rose\n")) == 2)
    #expect(line(csvError("a.jpg,daisy\nb.jpg\n")) == 2)
    #expect(line(csvError("a.jpg,daisy,rose\n")) == 1)
    #expect(line(csvError("path,size\na.jpg,3\n")) == 1)
    #expect(line(csvError("a.jpg\n")) == 1)
    #expect(line(csvError("path,label\na.jpg,daisy,\n")) == 2)
    let path = folder.path.appending("list.csv")
    #expect(
      csvError("a.jpg,daisy\na.jpg,daisy\n\na.jpg,rose\n")?.description
        == "\(path), line 4: 'a.jpg' has the class 'rose' here and 'daisy' on line 1")
    #expect(csvError("") == .noPhotos(path, otherFiles: 0, failures: 0))
  }

  @Test("a photo that is listed twice is one; lines without a photo or a class are failures")
  func lines() throws {
    let photos = try csv("a.jpg,daisy\na.jpg,daisy\n,rose\nb.jpg,\n")
    #expect(described(photos, below: folder.path) == ["daisy: a.jpg"])
    #expect(
      photos.failures.map { "\($0.path): \($0.failure)" } == [
        "\(folder.path)/list.csv:3: this line names no photo",
        "\(folder.path)/b.jpg: line 4 gives it no class",
      ])
  }

  @Test("classes are told apart by their WordNet ids, and get readable labels")
  func wordNetIDs() throws {
    let photos = try csv(
      "path,wnid,label\na.jpg,n02012849,crane\nb.jpg,n03126707,\nc.jpg,,aardvark\n",
      names: ["n03126707": "crane"])
    #expect(
      photos.classes == [
        ClassLabel(wnid: nil, label: "aardvark"), ClassLabel(wnid: "n02012849", label: "crane"),
        ClassLabel(wnid: "n03126707", label: "crane"),
      ])
    #expect(photos.photos.map(\.classIndex) == [1, 2, 0])
    let two = try csv("a.jpg,n02012849\nb.jpg,x\n", names: ["n02012849": "crane"])
    #expect(two.classes.first == ClassLabel(wnid: "n02012849", label: "crane"))
  }

  @Test("given classes keep their order, and others are an error")
  func givenClasses() throws {
    let classes = ["rose", "daisy", "tulip"].map { ClassLabel(wnid: nil, label: $0) }
    let photos = try csv("a.jpg,daisy\nb.jpg,Rose\n", classes: classes)
    #expect(photos.photos.map(\.classIndex) == [1, 0])
    #expect(photos.emptyClasses == ["tulip"])
    #expect(
      csvError("a.jpg,daisy\nb.jpg,iris\n", classes: classes)
        == .unknownClasses(names: ["iris"], where: folder.path.appending("list.csv")))
  }

  @Test("a CSV file of classify gives the prediction of rank 1, and its errors are failures")
  func classifyCSV() throws {
    let photos = try csv(
      """
      path,path_base64,width,height,model,rank,index,wnid,label,probability,error_code,error_message
      a.jpg,,8,8,m,1,3,,daisy,0.9,,
      a.jpg,,8,8,m,2,4,,rose,0.1,,
      x,YsO8Yi5qcGc=,8,8,m,1,4,n00000001,rose,0.8,,
      bad.jpg,,,,,,,,,,truncated,the file ends early

      """)
    #expect(described(photos, below: folder.path) == ["daisy: a.jpg", "rose: büb.jpg"])
    #expect(photos.failures.map(\.path) == [folder.path.appending("bad.jpg")])
    #expect(photos.failures.map(\.failure) == [ItemFailure(.truncated, "the file ends early")])
  }

  @Test("JSON lines have a path and a label, or are the records of classify")
  func jsonLines() throws {
    let photos = try json(
      """
      \u{FEFF}{"path": "b.jpg", "label": "rose"}\r
      {"label": "daisy", "other": [1], "path": "/abs/a.jpg"}

      {"path":"c.jpg","width":8,"height":8,"model":"m","predictions":[\
      {"rank":1,"index":0,"wnid":"n00000001","label":"iris","probability":0.5},\
      {"rank":2,"index":1,"wnid":null,"label":"rose","probability":0.4}]}
      {"path":"d\u{FFFD}","path_base64":"ZP8=","wnid":null,"label":"rose"}
      {"path":"e.jpg","error":{"code":"not_found","message":"no such file or directory"}}
      {"path":"f.jpg","label":""}
      """)
    #expect(photos.classes.map(\.label) == ["daisy", "iris", "rose"])
    #expect(
      photos.photos.map { RawPath($0.path.lastComponent) }
        == ["a.jpg", "b.jpg", "c.jpg", RawPath([0x64, 0xFF])])
    #expect(
      photos.failures.map { "\($0.path.repaired.split(separator: "/").last ?? ""): \($0.failure)" }
        == ["e.jpg: no such file or directory", "f.jpg: line 7 gives it no class"])
    #expect(photos.failures.map(\.failure.code) == [.notFound, .unsupportedFeature])
  }

  @Test("a malformed line of JSON is an error that names the line")
  func badJSON() {
    let good = "{\"path\":\"a.jpg\",\"label\":\"x\"}\n\n"
    for bad in [
      "{\"path\":\"a.jpg\"", "[]", "{\"label\":\"x\"}", "{\"path\":\"b.jpg\"}",
      "{\"path\":1,\"label\":\"x\"}", "{\"path\":\"b.jpg\",\"label\":1}",
      "{\"path\":\"b.jpg\",\"predictions\":[{}]}", "{\"path_base64\":\"ZP=\",\"label\":\"x\"}",
      "{\"path\":\"b.jpg\",\"path\":\"c.jpg\",\"label\":\"x\"}",
      String(repeating: "[", count: 100_000), "\u{0}", "{\"path\":\"a.jpg\",\"label\":\"y\"}",
    ] {
      #expect(line(jsonError(good + bad)) == 3, "\(bad.prefix(60))")
    }
  }
}
