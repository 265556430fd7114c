import Foundation
import Testing

/// Data and options that no training can do anything with.
@Suite struct TrainHostileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ColourPhotos.write(to: folder, count: 2)
    try folder.write(Data("blue\ngreen\nred\n".utf8), to: "classes.txt")
  }

  private func train(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["train", "-o", "m"] + arguments, in: folder.url)
  }

  @Test("where no photo is left to learn from, a list of classes does not help")
  func noPhotos() throws {
    let same = try train("photos", "--classes", "classes.txt", "--validation", "photos")
    #expect(same.exitCode == 66)
    #expect(
      same.stderr.contains(
        "no photo is left to learn from: all that can be read are also among those to measure with")
    )
    try folder.write(Data("gone.png,red\nlost.png,blue\n".utf8), to: "list.csv")
    let gone = try train("list.csv", "--classes", "classes.txt", "--validation", "photos")
    #expect(gone.exitCode == 66)
    #expect(gone.stderr.contains("there is no photo to learn from"))
    #expect(try Set(folder.names) == ["photos", "classes.txt", "list.csv"])
  }

  @Test("a list of more classes than a model can have is refused")
  func manyClasses() throws {
    let names = ["blue", "green", "red"] + (0..<65_533).map { "class \($0)" }
    try folder.write(Data(names.joined(separator: "\n").utf8), to: "many.txt")
    let outcome = try train("photos", "--classes", "many.txt")
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains("65536 classes are more than the 65535"))
  }

  @Test("a folder of others in the place of the training's own stays as it is")
  func foreignFolder() throws {
    try folder.write(Data("mine".utf8), to: "m.training/best.safetensors")
    let outcome = try train("photos")
    #expect(outcome.exitCode == 73)
    #expect(outcome.stderr.contains("m.training is not the folder of an earlier training"))
    #expect(try folder.text("m.training/best.safetensors") == "mine")
    // Also where it is that of a training, nothing that is read may be in it.
    try folder.write(Data(#"{"settings": {}}"#.utf8), to: "m.training/run.json")
    try folder.write(Data("photos/red/0.png,red\n".utf8), to: "m.training/list.csv")
    for arguments in [
      ["m.training"], ["photos", "--validation", "m.training/list.csv"],
      ["photos", "--from", "m.training/best.safetensors"],
    ] {
      let outcome = try BuiltProgram.run(["train", "-o", "m"] + arguments, in: folder.url)
      #expect(outcome.exitCode == 64, "\(outcome.stderr)")
      #expect(outcome.stderr.contains("where this command replaces files"))
    }
    try FileManager.default.removeItem(at: folder["m.training"])
    try folder.write(Data(), to: "m.training")
    let file = try train("photos")
    #expect(file.exitCode == 73 && file.stderr.contains("m.training is a file, not a folder"))
  }

  @Test("a preview that cannot be written is an error of the output, not of the program")
  func fullPreview() throws {
    #expect(try train("photos", "--preview", "/dev/full").exitCode == 74)
  }

  @Test("preprocessing that has no room for the last step is refused")
  func manySteps() throws {
    let step = #"{"op": "resizeShortSide", "size": 256, "antialias": true}"#
    let steps = Array(repeating: step, count: 32).joined(separator: ", ")
    let outcome = try train(
      "photos", "--preprocess",
      #"{"steps": [\#(steps)], "channels": "RGB", "mean": [0, 0, 0], "scale": 1}"#)
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains("as the last step"), "\(outcome.stderr)")
    #expect(outcome.stderr.contains("at most 32"))
  }
}
