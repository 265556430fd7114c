import Foundation
import Testing

@Suite struct InputTests {
  @Test("- classifies one image from standard input, and its path is -")
  func standardInput() throws {
    let photo = try Data(contentsOf: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    let outcome = try BuiltProgram.run("--jsonl", "-", stdin: photo)
    #expect(outcome.stdout.hasPrefix("{\"path\": \"-\", \"width\": 451, \"height\": 300, "))
    let named = try BuiltProgram.run("--jsonl", "cat.jpg")
    #expect(outcome.stdout == named.stdout.replacingOccurrences(of: "cat.jpg", with: "-"))
    #expect(outcome.exitCode == 0)
  }

  @Test("a folder is searched recursively, sorted by path, and other files are counted")
  func folder() throws {
    let folder = try TemporaryFolder()
    for name in ["b.JPG", "a/z.jpeg", "a/b.jpe", "c.jfif", ".hidden.jpg", ".hidden/x.jpg"] {
      try folder.copy("cat.jpg", to: name)
    }
    try folder.write(Data("text".utf8), to: "notes.txt")
    let outcome = try BuiltProgram.run("--jsonl", "--top", "1", ".", in: folder.url)
    let paths = outcome.lines.compactMap { $0.split(separator: "\"").dropFirst(3).first }
    #expect(paths == ["./a/b.jpe", "./a/z.jpeg", "./b.JPG", "./c.jfif"])
    #expect(outcome.stderr.contains("alexnet: skipped 1 file that is no picture: "))
    #expect(outcome.exitCode == 0)
  }

  @Test("records come in the order of the inputs")
  func order() throws {
    let outcome = try BuiltProgram.run(
      "--jsonl", "rocket.jpg", "missing.jpg", "cat.jpg", "coffee.png", "rocket.jpg")
    let paths = outcome.lines.compactMap { $0.split(separator: "\"").dropFirst(3).first }
    #expect(paths == ["rocket.jpg", "missing.jpg", "cat.jpg", "coffee.png", "rocket.jpg"])
    #expect(outcome.exitCode == 1)
  }

  @Test("--files-from reads names from a file or standard input, with line breaks or null bytes")
  func lists() throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "a b.jpg")
    try folder.copy("coffee.png", to: "two\nlines.png")
    try folder.write(Data("a b.jpg\n\na b.jpg".utf8), to: "list")
    let list = try BuiltProgram.run("--jsonl", "--files-from", "list", in: folder.url)
    #expect(list.lines.count == 2 && list.exitCode == 0)
    let nulls = try BuiltProgram.run(
      "--jsonl", "--files-from", "-", "-0", in: folder.url,
      stdin: Data("two\nlines.png\0a b.jpg\0".utf8))
    #expect(nulls.lines.count == 2 && nulls.exitCode == 0)
    #expect(nulls.stdout.hasPrefix("{\"path\": \"two\\nlines.png\", "))
  }

  @Test("a name that is not UTF-8 is opened, and recorded with its bytes")
  func bytes() throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    // Not every file system takes such a name.
    let made = try BuiltProgram.shell("mv cat.jpg \"$(printf 'c\\377t.jpg')\"", in: folder.url)
    guard made.exitCode == 0 else { return }
    let named = try BuiltProgram.shell(
      "alexnet --jsonl --top 1 \"$(printf 'c\\377t.jpg')\"", in: folder.url)
    #expect(
      named.stdout.hasPrefix("{\"path\": \"c\u{FFFD}t.jpg\", \"path_base64\": \"Y/90LmpwZw==\", "))
    #expect(named.exitCode == 0)
    let found = try BuiltProgram.run("--jsonl", "--top", "1", ".", in: folder.url)
    #expect(found.stdout.contains("\"path_base64\": \"Li9j/3QuanBn\""))
    let output = try BuiltProgram.shell(
      "alexnet --jsonl --output \"$(printf '\\376.jsonl')\" . && test -s \"$(printf '\\376.jsonl')\"",
      in: folder.url)
    #expect(output.exitCode == 0)
  }

  @Test("inputs of which none exists, or that hold no image, end with 66")
  func nothingFound() throws {
    let missing = try BuiltProgram.run("--quiet", "no.jpg", "neither.jpg")
    #expect(missing.exitCode == 66)
    #expect(missing.stderr.contains("alexnet: no.jpg: no such file or directory\n"))
    #expect(missing.stderr.hasSuffix("alexnet: none of the inputs exists\n"))
    let folder = try TemporaryFolder()
    try folder.write(Data("text".utf8), to: "notes.txt")
    let empty = try BuiltProgram.run("--quiet", "--json", ".", in: folder.url)
    #expect(empty.exitCode == 66)
    #expect(empty.stdout == "[]\n")
    #expect(empty.stderr == "alexnet: there is no image among the inputs\n")
  }

  @Test("where some inputs do not exist and others hold no image, both are said")
  func nothingInTheRest() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data("text".utf8), to: "empty/notes.txt")
    let one = try BuiltProgram.run("--quiet", "empty", "no.jpg", in: folder.url)
    #expect(one.exitCode == 66)
    #expect(
      one.stderr == """
        alexnet: no.jpg: no such file or directory
        alexnet: there is no image among the inputs: 1 input does not exist, and there is none in the others

        """)
    let two = try BuiltProgram.run("--quiet", "no.jpg", "empty", "nor.jpg", in: folder.url)
    #expect(two.stderr.contains(": 2 inputs do not exist, and there is none in the others\n"))
  }

  @Test("a list that cannot be read is named as one, and says when -0 was meant")
  func unreadableList() throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    try folder.write(Data("cat.jpg\0cat.jpg\0".utf8), to: "list")
    let missing = try BuiltProgram.run("--quiet", "--files-from", "no.txt", in: folder.url)
    #expect(missing.exitCode == 66)
    #expect(
      missing.stderr == """
        alexnet: no.txt: this list of inputs cannot be read: no such file or directory
        alexnet: there is no image among the inputs

        """)
    let nulls = try BuiltProgram.run("--quiet", "--files-from", "list", in: folder.url)
    #expect(nulls.exitCode == 1)
    #expect(
      nulls.stderr == """
        alexnet: list: this list of inputs cannot be read: it holds null bytes: \
        a list whose names end with them is read with -0

        """)
    let both = try BuiltProgram.run(
      "--quiet", "--jsonl", "--top", "1", "cat.jpg", "--files-from", "no.txt", in: folder.url)
    #expect(both.exitCode == 1 && both.lines.count == 2)
  }

  @Test("--fail-fast stops at the first failure")
  func failFast() throws {
    let outcome = try BuiltProgram.run(
      "--jsonl", "--fail-fast", "--quiet", "cat.jpg", "missing.jpg", "coffee.png")
    #expect(outcome.lines.count == 2)
    #expect(outcome.exitCode == 1)
  }
}
