package io.thalweg.gateway;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import io.thalweg.gateway.centrifuge.Command;
import io.thalweg.gateway.centrifuge.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The two forms of the Centrifuge protocol. A frame of a WebSocket holds one message or several:
 * JSON objects between line feeds, or Protobuf messages each behind its length as a varint.
 */
enum CentrifugeFormat {
  JSON {
    @Override
    List<Command> read(byte[] frame) throws MalformedFrame {
      List<Command> commands = new ArrayList<>();
      int start = 0;
      for (int i = 0; i <= frame.length; i++) {
        if (i == frame.length || frame[i] == '\n') {
          if (!isBlank(frame, start, i)) {
            commands.add(CentrifugeJson.read(frame, start, i - start));
          }
          start = i + 1;
        }
      }
      return commands;
    }

    private boolean isBlank(byte[] frame, int start, int end) {
      for (int i = start; i < end; i++) {
        if (frame[i] > ' ' || frame[i] < 0) {
          return false;
        }
      }
      return true;
    }

    @Override
    byte[] write(Reply reply) {
      return CentrifugeJson.write(reply);
    }

    @Override
    WebSocketFrame frame(byte[] reply) {
      return WebSocketFrame.ofText(reply);
    }
  },

  PROTOBUF {
    @Override
    List<Command> read(byte[] frame) throws MalformedFrame {
      List<Command> commands = new ArrayList<>();
      CodedInputStream in = CodedInputStream.newInstance(frame);
      try {
        while (!in.isAtEnd()) {
          commands.add(Command.parseFrom(in.readByteArray()));
        }
      } catch (InvalidProtocolBufferException e) {
        throw new MalformedFrame(String.valueOf(e.getMessage()), e);
      } catch (IOException e) {
        throw new MalformedFrame("the frame ends within a message", e);
      }
      return commands;
    }

    @Override
    byte[] write(Reply reply) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(reply.getSerializedSize() + 5);
      try {
        reply.writeDelimitedTo(bytes);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      return bytes.toByteArray();
    }

    @Override
    WebSocketFrame frame(byte[] reply) {
      return WebSocketFrame.ofBinary(reply);
    }
  };

  /** A frame that is not of the form. */
  static final class MalformedFrame extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedFrame(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The commands of a frame.
   *
   * @throws MalformedFrame if it is not of this form
   */
  abstract List<Command> read(byte[] frame) throws MalformedFrame;

  abstract byte[] write(Reply reply);

  abstract WebSocketFrame frame(byte[] reply);
}
