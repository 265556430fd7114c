import Foundation
import Testing

private func isInstalled(_ command: String) -> Bool {
  (try? BuiltProgram.shell("\(command) >/dev/null 2>&1").exitCode == 0) ?? false
}

/// The progress report as a person sees it: in a terminal multiplexer, whose screen is looked at
/// again and again while a command runs. Skipped where tmux is not installed.
@Suite(.enabled(if: isInstalled("tmux -V"), "tmux is not installed"), .serialized)
struct ProgressTests {
  private static let screens = 10
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let photos = 4000
  /// What the report shows once the number of photos is known.
  private static let total = "/\(photos) "

  /// A folder of one class with so many links to one photo that no run reaches its end. (What is
  /// written to one of them would change the photo.)
  private func makePhotos() throws {
    let chihuahuas = folder["photos/Chihuahua"]
    try FileManager.default.createDirectory(at: chihuahuas, withIntermediateDirectories: true)
    for index in 0..<Self.photos {
      try FileManager.default.createSymbolicLink(
        at: chihuahuas.appendingPathComponent("\(index).jpg"),
        withDestinationURL: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    }
  }

  /// What is on the screen while `command` runs, every fifth of a second from when `text` was first
  /// seen. The command is ended after that.
  private func watch(_ command: String, for text: String) throws -> [String] {
    let outcome = try BuiltProgram.shell(
      """
      # Whoever waits for this shell waits for all that hold its descriptors, and the terminal's
      # server goes on for as long as it is let.
      for number in /proc/$$/fd/*; do
        number=${number##*/}; test "$number" -gt 2 && eval "exec $number>&-"
      done 2>/dev/null
      export TMUX_TMPDIR=$PWD
      echo "set -g remain-on-exit on" >tmux.conf
      screen() { timeout 10 tmux -u -L progress -f tmux.conf "$@"; }
      screen new-session -d -x 150 -y 20 \
        'timeout --foreground -s KILL 120 bash -c "$COMMAND"; echo ENDED WITH $?'
      server=$(screen display-message -p '#{pid}')
      trap 'kill -9 $server' EXIT
      for i in $(seq 450); do
        screen capture-pane -p | grep -q -e "$TEXT" -e "ENDED WITH" && break
        sleep 0.1
      done
      for i in $(seq \(Self.screens)); do
        sleep 0.2
        # With one line that has left the screen: the terminal scrolls when the command has ended.
        screen capture-pane -p -S -1
        printf '\\f'
      done
      """, in: folder.url, environment: ["COMMAND": command, "TEXT": text, "TMUX": nil])
    return outcome.stdout.split(separator: "\u{C}").map(String.init)
  }

  /// The progress report is on nearly all screens: a screen may be taken just while a result is
  /// written above it.
  private func expectReport(
    _ pattern: Regex<Substring>, on screens: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let shown = screens.count { $0.contains(pattern) }
    #expect(
      screens.count == Self.screens && shown >= Self.screens - 2,
      "\(shown) of \(screens.count) screens show it; the last one:\n\(screens.last ?? "")",
      sourceLocation: sourceLocation)
  }

  private static var images: Regex<Substring> { /[█░]{24}  \d+\/4000  [\d.]+ images\/s/ }

  @Test(
    "classify shows its progress, wherever results go",
    arguments: [
      "--jsonl --output out photos", "--jsonl photos", "photos", "--format csv photos >out",
    ])
  func classify(arguments: String) throws {
    try makePhotos()
    let screens = try watch("\"$ALEXNET\" classify \(arguments)", for: Self.total)
    expectReport(Self.images, on: screens)
    expectMovement(on: screens)
  }

  @Test("what another program writes to the terminal hides the report only until it is drawn again")
  func otherProgram() throws {
    try makePhotos()
    // Reads all results, and writes a line twice a second.
    let filter = "(while sleep 0.5; do echo FOUND; done & cat >/dev/null)"
    let screens = try watch(
      "\"$ALEXNET\" classify --json --progress photos | \(filter)", for: Self.total)
    #expect(screens.contains { $0.contains("FOUND") })
    expectReport(Self.images, on: screens)
    expectMovement(on: screens)
  }

  private func expectMovement(on screens: [String]) {
    #expect(Set(screens.compactMap { $0.firstMatch(of: Self.images)?.output }).count > 1)
  }

  @Test("evaluate shows its progress")
  func evaluate() throws {
    try makePhotos()
    let screens = try watch("\"$ALEXNET\" evaluate photos", for: Self.total)
    expectReport(Self.images, on: screens)
  }

  @Test("quantize shows its progress while it calibrates")
  func quantize() throws {
    try makePhotos()
    try folder.write(ConversionTests.weights(), to: "full.safetensors")
    try folder.write(Data("cat\ncoffee\nrocket\n".utf8), to: "labels.txt")
    let screens = try watch(
      "\"$ALEXNET\" model quantize full.safetensors --labels labels.txt --output small.safetensors"
        + " --calibrate photos --images \(Self.photos) --preprocess '\(ConversionTests.preprocessing)'",
      for: Self.total)
    expectReport(Self.images, on: screens)
  }

  @Test(
    "pull shows its progress", .enabled(if: isInstalled("python3 -V"), "python3 is not installed"))
  func pull() throws {
    let server = """
      import http.server, time
      class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
          self.send_response(200)
          self.send_header("Content-Length", "243862418")
          self.end_headers()
          while True:
            self.wfile.write(bytes(1 << 18))
            time.sleep(0.05)
      server = http.server.HTTPServer(("127.0.0.1", 0), Slow)
      print(server.server_port, flush=True)
      server.serve_forever()
      """
    try folder.write(Data(server.utf8), to: "server.py")
    let screens = try watch(
      """
      python3 server.py >port 2>/dev/null & server=$!; trap "kill -9 $server" EXIT
      until test -s port; do sleep 0.1; done
      unset http_proxy all_proxy; ALEXNET_MIRROR=http://127.0.0.1:$(cat port) ALEXNET_OFFLINE= \
      "$ALEXNET" model pull caffenet
      """, for: "MB/s")
    expectReport(
      /[█░]{24}  caffenet  [\d.]+ MB of 243.9 MB  [\d.]+ MB\/s  [\d:]+ left/, on: screens)
  }

  @Test("results on the same terminal stay whole, and nothing is left of the report at the end")
  func wholeResults() throws {
    let screens = try watch(
      "{ for i in 1 2 3 4 5; do echo \(BuiltProgram.photos.path)/cat.jpg; sleep 0.3; done; } | "
        + "\"$ALEXNET\" --format csv --top 1 --files-from -", for: "ENDED WITH")
    let lines = try #require(screens.last).split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("Pane is dead") }
    #expect(
      lines.map {
        $0.replacing(/.*\/cat.jpg,,451,300,starter,1,.*,0\.\d+,,,$/, with: "row")
          .replacing(/\d+\.\d% top-1/, with: "N% top-1")
      } == [
        "alexnet: using the built-in model (1000 classes, N% top-1, for research use); --model names another",
        "path,path_base64,width,height,model,rank,index,wnid,label,probability,error_code,error_message,archive",
        "row", "row", "row", "row", "row", "ENDED WITH 0",
      ])
  }
}
