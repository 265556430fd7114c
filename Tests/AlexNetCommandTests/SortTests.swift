import Foundation
import Testing

@Suite struct SortTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("coffee.png", to: "photos/coffee.png")
    try folder.copy("coffee.png", to: "photos/more/coffee.png")
  }

  private func sort(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["sort", "--quiet"] + arguments, in: folder.url)
  }

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(path).path)
  }

  @Test("photos of one name get numbers, and an undo list takes back a move")
  func move() throws {
    #expect(try sort("photos", "--into", "out", "--by", "group", "--move").exitCode == 0)
    #expect(exists("out/food/coffee.png") && exists("out/food/coffee-2.png"))
    #expect(!exists("photos/coffee.png") && !exists("photos/more/coffee.png"))
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(exists("photos/coffee.png") && exists("photos/more/coffee.png") && !exists("out"))
  }

  @Test(
    "a relative link that is moved still leads to its photo, and back in its place says the same")
  func movedLink() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder["links.png"].path, withDestinationPath: "photos/coffee.png")
    #expect(try sort("links.png", "--into", "out", "--move").exitCode == 0)
    let photo = try Data(contentsOf: folder["photos/coffee.png"])
    #expect(try Data(contentsOf: folder["out/espresso/links.png"]) == photo)
    #expect(!exists("links.png"))
    // As after a run that was interrupted between the new link and the old one.
    for isInterrupted in [true, false] {
      if isInterrupted {
        try FileManager.default.createSymbolicLink(
          atPath: folder["links.png"].path, withDestinationPath: "photos/coffee.png")
      }
      #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
      #expect(!exists("out"))
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: folder["links.png"].path)
          == "photos/coffee.png")
      if isInterrupted { #expect(try sort("links.png", "--into", "out", "--move").exitCode == 0) }
    }
  }

  @Test("photos in folders below OUT are left there, however the paths are written")
  func again() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder["linked"].path, withDestinationPath: "photos/out")
    #expect(try sort("photos", "--into", "photos/out").exitCode == 0)
    func count() throws -> Int {
      try FileManager.default.subpathsOfDirectory(atPath: folder["photos"].path)
        .count { $0.hasSuffix(".png") }
    }
    let all = ["photos", "./photos/", "photos/../photos", "photos/out"]
    for (inputs, place) in zip(
      all, ["./photos/out", "linked", "photos//out", "photos/more/../out"])
    {
      // Those outside are copied again; those inside are not.
      let before = try count()
      #expect(try sort(inputs, "--into", place).exitCode == 0)
      #expect(try count() == before + (inputs == "photos/out" ? 0 : 2), "\(inputs), \(place)")
    }
    let before = try count()
    _ = try BuiltProgram.run("photos/out", "--jsonl", "-o", "records.jsonl", in: folder.url)
    #expect(try sort("--from", "records.jsonl", "--into", "linked").exitCode == 0)
    #expect(try count() == before)
  }

  @Test("a damaged line of an undo list is reported, and the list stays")
  func damagedList() throws {
    #expect(try sort("photos", "--into", "out", "--move").exitCode == 0)
    let lines = try folder.text("out/undo-1.jsonl").split(separator: "\n")
    try folder.write(Data("garbage\n\(lines[1])\n{\"act".utf8), to: "out/undo-1.jsonl")
    let outcome = try sort("--undo", "out/undo-1.jsonl")
    #expect(outcome.exitCode == 1 && exists("out/undo-1.jsonl"))
    #expect(outcome.stderr.contains("line 1: it does not say what was done"))
    #expect(!outcome.stderr.contains("line 3"))
  }

  @Test(
    "links among photos that are moved lead to them in their new places, and back in the old ones")
  func movedLinks() throws {
    _ = try BuiltProgram.shell(
      """
      cd photos; rm -r more; mv coffee.png m.png
      ln -s m.png a.png; ln -s "$PWD/m.png" z.png; ln -s a.png chain.png
      """, in: folder.url)
    func links() throws -> String {
      try BuiltProgram.shell("cd photos; for i in *; do readlink $i; done", in: folder.url).stdout
    }
    let before = try links()
    #expect(try sort("photos", "--into", "out", "--move").exitCode == 0)
    for name in ["m", "a", "z", "chain"] { #expect(exists("out/espresso/\(name).png"), "\(name)") }
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(try links() == before && !exists("out"))
  }

  @Test(
    "chains of links to a photo elsewhere lead there from their new places",
    arguments: ["kl", "lk"])
  func movedChain(order: String) throws {
    _ = try BuiltProgram.shell(
      "mkdir links; ln -s ../photos/coffee.png links/\(order.first ?? "k").png; "
        + "ln -s \(order.first ?? "k").png links/\(order.last ?? "l").png", in: folder.url)
    #expect(try sort("links", "--into", "out", "--move").exitCode == 0)
    #expect(exists("out/espresso/k.png") && exists("out/espresso/l.png"))
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(exists("links/k.png") && exists("links/l.png") && !exists("out"))
  }

  @Test("an undo that cannot find what was moved says so, and keeps its list")
  func movedElsewhere() throws {
    #expect(try sort("photos/coffee.png", "--into", "out", "--move").exitCode == 0)
    _ = try BuiltProgram.shell("mv out other", in: folder.url)
    let outcome = try sort("--undo", "other/undo-1.jsonl")
    #expect(outcome.exitCode == 1 && exists("other/undo-1.jsonl"))
    #expect(outcome.stderr.contains("neither there nor in its old place"))
    // As where a move to another file system was interrupted.
    _ = try BuiltProgram.shell("mv other out; cp out/espresso/coffee.png photos/", in: folder.url)
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(exists("photos/coffee.png") && !exists("out"))
  }

  @Test("a link that another run has made or moved is none of this list's")
  func linksOfOthers() throws {
    // A list of a step that failed, and one that took its place.
    for (action, extra) in [
      ("move", #", "link": "../m.png", "link_after": "/x/../m.png""#), ("link", ""),
    ] {
      try folder.write(
        Data(
          #"{"action": "\#(action)", "from": "/x/k.png", "to": "\#(folder["k.png"].path)"\#(extra)}"#
            .utf8 + [10]), to: "list.jsonl")
      try FileManager.default.createSymbolicLink(
        atPath: folder["k.png"].path, withDestinationPath: "photos/coffee.png")
      _ = try sort("--undo", "list.jsonl")
      #expect(exists("k.png"), "\(action)")
      try FileManager.default.removeItem(at: folder["k.png"])
    }
  }

  @Test(
    "a full standard output ends with 74, and says how to take back what was done",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullOutput() throws {
    let outcome = try BuiltProgram.shell(
      "alexnet sort -q photos --into out >/dev/full", in: folder.url)
    #expect(outcome.exitCode == 74 && exists("out/espresso/coffee.png"))
    #expect(outcome.stderr.contains("'alexnet sort --undo out/undo-1.jsonl' takes it back"))
  }

  @Test("records of an earlier run give photos their places")
  func fromRecords() throws {
    let classified = try BuiltProgram.run(
      "classify", "--jsonl", "--group", "photos", "-o", "records.jsonl", in: folder.url)
    #expect(classified.exitCode == 0)
    let outcome = try sort("--from", "records.jsonl", "--into", "out")
    #expect(outcome.exitCode == 0)
    #expect(exists("out/espresso/coffee.png") && exists("out/espresso/coffee-2.png"))
    #expect(try sort("--from", "records.jsonl", "--into", "groups", "--by", "group").exitCode == 0)
    #expect(exists("groups/food/coffee.png"))
  }

  @Test("records without an answer are reported, and what is no record ends with 65")
  func wrongRecords() throws {
    let lines = [
      #"{"path": "broken.jpg", "error": {"code": "corrupt", "message": "it is damaged"}}"#,
      #"{"path": "in.png", "archive": "x.tar", "predictions": []}"#,
    ]
    try folder.write(Data((lines.joined(separator: "\n") + "\n").utf8), to: "records.jsonl")
    let outcome = try sort("--from", "records.jsonl", "--into", "out")
    #expect(outcome.exitCode == 1 && !exists("out"))
    #expect(outcome.stderr.contains("broken.jpg: has no answer"))
    #expect(outcome.stderr.contains("in.png: has no answer, or is in an archive"))
    try folder.write(Data("{\"path\": 1}\n".utf8), to: "other.jsonl")
    let other = try sort("--from", "other.jsonl", "--into", "out")
    #expect(other.exitCode == 65 && other.stderr.contains("other.jsonl, line 1: this is no record"))
    let undone = try sort("--undo", "other.jsonl")
    #expect(undone.exitCode == 65 && undone.stderr.contains("is no list of what"))
    #expect(try sort("--from", "missing.jsonl", "--into", "out").exitCode == 66)
  }

  @Test("a folder is sorted in place, and what is in its folders stays there")
  func inPlace() throws {
    let outcome = try BuiltProgram.run(
      "sort", "photos", "--into", "photos", "--move", in: folder.url)
    #expect(outcome.exitCode == 0)
    #expect(outcome.stderr.contains("left 1 photo where it is, in folders of photos"))
    #expect(exists("photos/espresso/coffee.png") && exists("photos/more/coffee.png"))
    #expect(!exists("photos/coffee.png"))
  }

  @Test("a dry run does nothing, and improbable photos are unsure")
  func dryRun() throws {
    let outcome = try sort(
      "photos/coffee.png", "--into", "out", "--dry-run", "--min-probability", "0.99")
    #expect(outcome.stdout == "copy photos/coffee.png -> out/unsure/coffee.png\n")
    #expect(!exists("out") && outcome.exitCode == 0)
  }

  @Test("a copy that was changed since stays when the run is taken back")
  func changedCopy() throws {
    #expect(try sort("photos/coffee.png", "--into", "out").exitCode == 0)
    try folder.write(Data("changed".utf8), to: "out/espresso/coffee.png")
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 1)
    #expect(exists("out/espresso/coffee.png") && exists("out/undo-1.jsonl"))
  }

  @Test("a copy whose original is now a link to it stays when the run is taken back")
  func linkedOriginal() throws {
    #expect(try sort("photos/coffee.png", "--into", "out").exitCode == 0)
    try FileManager.default.removeItem(at: folder["photos/coffee.png"])
    try FileManager.default.createSymbolicLink(
      at: folder["photos/coffee.png"],
      withDestinationURL: folder["out/espresso/coffee.png"])
    let outcome = try sort("--undo", "out/undo-1.jsonl")
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr.contains("the original is this file, by another path"))
    #expect(exists("out/espresso/coffee.png"))
  }

  @Test("nor does one whose old folder is now a link to the new one", arguments: ["copy", "move"])
  func linkedFolder(placement: String) throws {
    #expect(try sort("photos/coffee.png", "--into", "out", "--\(placement)").exitCode == 0)
    try FileManager.default.removeItem(at: folder["photos"])
    try FileManager.default.createSymbolicLink(
      at: folder["photos"], withDestinationURL: folder["out/espresso"])
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 1)
    #expect(exists("out/espresso/coffee.png"))
  }

  @Test("a copy that was replaced by a hard link to the original goes when the run is taken back")
  func hardLink() throws {
    #expect(try sort("photos/coffee.png", "--into", "out").exitCode == 0)
    try FileManager.default.removeItem(at: folder["out/espresso/coffee.png"])
    try FileManager.default.linkItem(
      at: folder["photos/coffee.png"], to: folder["out/espresso/coffee.png"])
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(exists("photos/coffee.png") && !exists("out"))
  }
}
