extension HelpTopic {
  static let features = HelpTopic(
    name: "features", abstract: "What features writes, and how to read it.",
    text: """
      The features of an image are the values that one layer of the network gives for
      it: fc7 has 4096 of them, pool3 has 9216. They are taken after the layer's ReLU, so
      none is below 0, except those of the last layer, which has no ReLU. A layer that
      gives maps is flattened in the order channels, rows, columns, as PyTorch does it.
      Layers behind it are not computed. With --normalize the sum of the squares of an
      image's values is 1, unless all are 0.

      Every input has exactly one row or record, in the order of the inputs. An input
      that failed has a row of NaN, so that no other row shifts.

        npy
            A float32 array, inputs x values, in C order (NumPy format 1.0). Beside
            FILE.npy, FILE.npy.jsonl has one JSON record for each row.
        safetensors
            The same array as the tensor features, and the text of the same records, in
            UTF-8, as the tensor records (U8): everything is in one file. The metadata
            has model, layer, shape (such as [256, 6, 6]) and normalized.
        jsonl
            One record for each input, as classify writes them, with the members layer
            and features, an array of numbers, instead of predictions.
        csv
            One header line and one row for each input: path, path_base64, width,
            height, model, layer, error_code, error_message, feature_0, feature_1, ...

      The records of npy and safetensors have the members row (from 0), path,
      path_base64 (only if path had to be repaired), width, height, model and layer, or
      error instead of the last four. They are JSON, and not lines of text with a path
      each, since a path may hold a line break.

          array = numpy.load("pets.npy")
          paths = [json.loads(line)["path"] for line in open("pets.npy.jsonl")]
          ok = ~numpy.isnan(array).any(axis=1)

      Files are written row by row, whatever their size, and appear when they are
      complete. In npy and safetensors, the number of rows at the beginning is written
      last, so they cannot be written to a pipe.
      """)
}
