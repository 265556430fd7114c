import ArgumentParser
import JSON
import ModelLibrary
import System

/// `alexnet model import`: makes a weight file of any format a model of the library.
struct ModelImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Put a weight file into the library.",
    discussion: """
      Reads files of safetensors, Caffe (.caffemodel), PyTorch (.pth, .pt), ONNX, NumPy (.npy, \
      .npz) and Deep Compression, and keeps a copy in a form that opens without conversion.

      Examples:
        alexnet model import bvlc_alexnet.npy --variant bvlc_alexnet
        alexnet model import finetuned.pth --name pets --labels pets.txt
      """)

  @Argument(help: ArgumentHelp("A weight file.", valueName: "file"), completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "The name of the model. (default: the name of the file)", valueName: "name"))
  var name: String?

  @OptionGroup var description: ModelDescriptionOptions

  @Flag(help: "Write one JSON object that describes the model.")
  var json = false

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console()
    let model: InstalledModel
    do throws(ModelError) {
      model = try ModelLibrary().importModel(
        RawPath(argument: file), name: name, options: description.importOptions(), stop: stop,
        opened: { for note in $0.readingNotes { console.note(note) } })
    } catch {
      throw failure(error, stop)
    }
    console.note("installed \(model.name); --model \(model.name) uses it")
    if json {
      try ResultOutput(console: console).write(ModelDescription(model).json.text + "\n")
    }
  }
}
